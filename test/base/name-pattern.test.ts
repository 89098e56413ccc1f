import { describe, expect, it } from "vitest";
import { namePattern } from "../../src/base/name-pattern.ts";

// All answers are those of Python's fnmatch.fnmatchcase.
const matching: readonly [pattern: string, name: string][] = [
  ["", ""],
  ["*", ""],
  ["a*c", "abbc"],
  ["*.*", "a.b.c"],
  ["*a*b*", "xxaxxbxx"],
  ["?", "😀"],
  ["??", "é😀"],
  ["[😀-😂]", "😁"],
  ["*", "line\nbreak"],
  ["[]]", "]"],
  ["[!]]", "a"],
  ["[a-]", "-"],
  ["[-a]", "-"],
  ["[--0]", "."],
  ["[a-c-e]", "-"],
  ["[a-c--e]", "b"],
  ["[a-c--e]", "d"],
  ["[c-ax]", "x"],
  ["[!c-a]", "b"],
  ["[^a]", "^"],
  ["[a!]", "!"],
  ["[", "["],
  ["[!", "[!"],
  ["[]", "[]"],
  ["[!]", "[!]"],
  ["a[b", "a[b"],
  ["\\*", "\\anything"],
  ["[\\]", "\\"],
  ["[[]x]", "[x]"],
  ["[&&a]", "&"],
];

const other: readonly [pattern: string, name: string][] = [
  ["", "a"],
  ["?", ""],
  ["?", "ab"],
  ["a*c", "abcd"],
  ["A", "a"],
  ["[a-c]", "B"],
  ["[c-a]", "b"],
  ["[!a]", "a"],
  ["[!a]", ""],
  ["{a,b}", "a"],
  ["*a", "ab"],
  ["[a-c-e]", "d"],
];

describe("a name pattern", () => {
  it.each(matching)("%j matches %j", (pattern, name) => {
    expect(namePattern(pattern)(name)).toBe(true);
  });

  it.each(other)("%j does not match %j", (pattern, name) => {
    expect(namePattern(pattern)(name)).toBe(false);
  });

  it("with many stars does not take forever", () => {
    expect(namePattern(`${"*a".repeat(50)}b`)("a".repeat(255))).toBe(false);
  });

  it("with very many brackets that nothing closes is not searched for each of them", { timeout: 10_000 }, () => {
    const brackets = "[".repeat(300_000);
    expect(namePattern(`*${brackets}`)(`x${brackets}`)).toBe(true);
  });
});
