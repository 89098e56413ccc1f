import fc from "fast-check";
import { expect, test } from "vitest";
import { nameOfSegment, paths } from "../../../src/master/web/paths.ts";

const name = fc.oneof(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.constantFrom(".", "..", "...", "~", "~.", "%2e", "%2F", "a/b", "a?b#c", "\\", "//", " "),
);

test("every name is recovered from its address, also when a browser has normalised it", () => {
  fc.assert(
    fc.property(name, (name) => {
      const { pathname } = new URL(paths.builder(name), "http://localhost/");
      expect(pathname.split("/")).toHaveLength(3);
      expect(nameOfSegment(decodeURIComponent(pathname.split("/")[2] ?? ""))).toBe(name);
    }),
  );
});

test("a name with a lone surrogate has an address, too", () => {
  expect(paths.worker("\u{d800}")).toBe("/workers/%EF%BF%BD");
});
