import { expect, test } from "vitest";
import { accessLink, webLink } from "../../../src/master/web/safe-link.ts";

test.each([
  ["ssh://build@host", "ssh://build@host"],
  [" https://host/console\n", "https://host/console"],
  ["http://host:8080", "http://host:8080/"],
  ["vnc://host:1", "vnc://host:1"],
  ["javascript:alert(1)", undefined],
  ["java\nscript:alert(1)", undefined],
  ["\u{1}javascript:alert(1)", undefined],
  ["data:text/html,<script>alert(1)</script>", undefined],
  ["vbscript:x", undefined],
  ["file:///etc/passwd", undefined],
  ["blob:https://host/x", undefined],
  ["host.example.org", undefined],
  ["", undefined],
])("access_uri %j links to %j", (text, href) => {
  expect(accessLink(text)).toBe(href);
});

test("a log only links to http and https", () => {
  expect(webLink("https://example.org/a b")).toBe("https://example.org/a%20b");
  expect(webLink("ssh://host")).toBeUndefined();
});
