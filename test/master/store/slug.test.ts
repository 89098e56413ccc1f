import { expect, test } from "vitest";
import { slugOf } from "../../../src/master/store/slug.ts";

test.each([
  ["stdio", "stdio"],
  ["Test Results.log", "test-results-log"],
  ["../../etc/passwd", "etc-passwd"],
  ["ünïcode", "n-code"],
  ["日本", "log"],
  ["", "log"],
  ["<script>", "script"],
  ["x".repeat(100), "x".repeat(40)],
])("the log %j is %j in an address", (name, slug) => {
  expect(slugOf(name, new Set())).toBe(slug);
});

test("a slug that is taken gets a number", () => {
  expect(slugOf("stdio", new Set(["stdio", "stdio-2"]))).toBe("stdio-3");
});
