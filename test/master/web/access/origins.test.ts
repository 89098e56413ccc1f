import { expect, test } from "vitest";
import { isLoopback, isOwnHost, isOwnOrigin } from "../../../../src/master/web/access/origins.ts";

test.each([
  ["localhost:8010", "127.0.0.1", true],
  ["LOCALHOST", "127.0.0.1", true],
  ["127.0.0.1:8010", "localhost", true],
  ["[::1]:8010", "::1", true],
  ["127.0.0.5:8010", "127.0.0.5", true],
  ["evil.example", "127.0.0.1", false],
  ["localhost.evil.example:8010", "127.0.0.1", false],
  ["127.0.0.1.evil.example", "127.0.0.1", false],
  ["localhost@evil.example", "127.0.0.1", false],
  ["", "127.0.0.1", false],
  [undefined, "127.0.0.1", false],
  ["ci.example.org", "0.0.0.0", true],
  ["ci.example.org/path", "0.0.0.0", false],
  [undefined, "0.0.0.0", false],
])("host %j of a page at %s is ours: %s", (host, configured, own) => {
  expect(isOwnHost(host, { host: configured, url: undefined })).toBe(own);
});

test("the public address of a page on loopback is ours too, as host and as origin", () => {
  const place = { host: "127.0.0.1", url: "https://ci.example.org" };
  expect(["ci.example.org", "localhost:8010", "evil.example"].map((host) => isOwnHost(host, place))).toEqual([
    true,
    true,
    false,
  ]);
  const origins = ["https://ci.example.org", "http://ci.example.org", "https://ci.example.org:8443", "https://x.org"];
  expect(origins.map((origin) => isOwnOrigin(origin, "localhost:8010", place))).toEqual([true, false, false, false]);
});

test.each([
  ["http://localhost:8010", "localhost:8010", true],
  ["https://ci.example.org", "ci.example.org", true],
  ["https://ci.example.org", "ci.example.org:443", true],
  ["http://localhost:8011", "localhost:8010", false],
  ["http://evil.example", "localhost:8010", false],
  ["null", "localhost:8010", false],
  ["file://localhost:8010", "localhost:8010", false],
  [undefined, "localhost:8010", false],
  ["http://localhost:8010", undefined, false],
])("a form from %j to host %j is ours: %s", (origin, host, own) => {
  expect(isOwnOrigin(origin, host, { url: undefined })).toBe(own);
});

test("loopback is known by its names and addresses", () => {
  expect(["localhost", "127.0.0.1", "127.255.0.1", "::1"].map(isLoopback)).toEqual([true, true, true, true]);
  expect(["0.0.0.0", "::", "10.0.0.1", "127.example.org"].map(isLoopback)).toEqual([false, false, false, false]);
});
