import { describe, expect, it } from "vitest";
import { parsePathPattern } from "../../../src/commands/glob/path-pattern.ts";

function shape(pattern: string): string {
  const { start, steps } = parsePathPattern(pattern);
  return [start, ...steps.map((step) => (step.type === "name" ? `name:${step.name}` : step.type))].join(" ");
}

describe("the pattern of a path", () => {
  it.each([
    ["/a/b", "/a/b"],
    ["/a//b/", "/a//b/"],
    ["/a//*", "/a match"],
    ["/*", "/ match"],
    ["//*", "// match"],
    ["/a/b*/c//d/", "/a match name:c name:d name:"],
    ["/a/**/x", "/a tree name:x"],
    ["/a/**/**//**", "/a tree"],
    ["/a/**/b/**", "/a tree name:b tree"],
    ["/a/x**", "/a match"],
    ["/a/[x/y]", "/a match name:y]"],
    ["/é/ü*/é", "/Ã© match name:Ã©"],
  ])("%s is taken apart", (pattern, expected) => {
    expect(shape(pattern)).toBe(expected);
  });
});
