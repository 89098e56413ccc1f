import { describe, expect, it } from "vitest";
import { PatternNewlines, readNewlinePattern } from "../../src/output/newline-pattern.ts";

describe("readNewlinePattern", () => {
  it.each([
    ["a group that is referred to", "(a)\\1"],
    ["a choice inside of another", "a(b|c)"],
    ["a look behind", "(?<=a)b"],
    ["a negative look ahead", "a(?!b)"],
    ["a count that is not greedy", "a+?"],
    ["a possessive count", "a++"],
    ["what must be tried in several ways", "a+ab"],
    ["what may be nothing", "a*"],
    ["the start of a line", "^a"],
    ["any character", "."],
    ["an inverted class", "[^a]"],
    ["a set operation that Python warns of", "[a--b]"],
    ["an escape that is a place", "\\b"],
    ["a letter beyond ASCII", "é"],
    ["a flag", "(?i)a"],
    ["half of it", "(a"],
    ["nothing", ""],
    ["one of a thousand characters", "a".repeat(1000)],
  ])("does not read %s", (_, expression) => {
    expect(readNewlinePattern(expression)).toBeUndefined();
  });

  it.each([
    ["\\n", "a\nb", "a\nb"],
    ["\\x41|\\102", "xAyBz", "x\ny\nz"],
    ["\\|", "a|b", "a\nb"],
    ["[\\]x]", "a]bxc", "a\nb\nc"],
    ["a{2}", "aaa", "\na"],
    ["ab?c", "acabcb", "\n\nb"],
  ])("reads %s", (expression, text, expected) => {
    const pattern = readNewlinePattern(expression);
    expect(pattern).toBeDefined();
    const newlines = new PatternNewlines(pattern!);
    expect(`${newlines.push(Buffer.from(text))}${newlines.end()}`).toBe(expected);
  });

  it("holds back no more than a piece of an endless newline", () => {
    const newlines = new PatternNewlines(readNewlinePattern("#+")!);
    let bytes = 0;
    for (let i = 0; i < 100; i += 1) bytes += newlines.push(Buffer.alloc(100, "#")).length;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes + newlines.end().length).toBeLessThan(100);
  });
});
