import { describe, expect, it } from "vitest";
import { NewlineRules } from "../../src/output/newlines.ts";

function map(...chunks: readonly string[]): string[] {
  const rules = new NewlineRules();
  return [...chunks.map((chunk) => rules.push(Buffer.from(chunk))), rules.end()].map((text) => text.toString());
}

describe("NewlineRules", () => {
  it("passes text without control characters on without copying it", () => {
    const chunk = Buffer.from("plain\ntext\n");
    expect(new NewlineRules().push(chunk)).toBe(chunk);
  });

  it.each([
    ["a\r\nb", "a\nb"],
    ["a\rb", "a\nb"],
    ["a\r\r\nb", "a\n\nb"],
    ["a\r\x1b[ub", "a\n\nb"],
    ["a\x1b[ub", "a\nb"],
    ["a\x1b[2Jb", "a\nb"],
    ["a\x1b[12;5Hb", "a\nb"],
    ["a\x1b[1;1fb", "a\nb"],
    ["a\b\b\bb\bc", "a\nb\nc"],
    ["\x1b[1m\x1b[31mred\x1b[0m\x1b[K", "\x1b[1m\x1b[31mred\x1b[0m\x1b[K"],
    ["\x1b[;5H\x1b[5;H\x1b[3J\x1b\x1b[u", "\x1b[;5H\x1b[5;H\x1b[3J\x1b\n"],
    ["é\r世\x1b[u😀\b", "é\n世\n😀\n"],
  ])("maps %j to %j, whole and byte by byte", (text, expected) => {
    expect(map(text).join("")).toBe(expected);
    const rules = new NewlineRules();
    const bytes = [...Buffer.from(text)].map((byte) => rules.push(Buffer.from([byte])));
    expect(Buffer.concat([...bytes, rules.end()]).toString()).toBe(expected);
  });

  it("holds a carriage return until it knows whether a newline follows", () => {
    expect(map("a\r", "\nb")).toEqual(["a", "\nb", ""]);
    expect(map("a\r", "b")).toEqual(["a", "\nb", ""]);
    expect(map("a\r", "", "\nb")).toEqual(["a", "", "\nb", ""]);
    expect(map("a\r")).toEqual(["a", "\n"]);
  });

  it("gives a run of backspaces one newline, with the first of them", () => {
    expect(map("a\b", "\b\b", "\bb\b", "\r")).toEqual(["a\n", "", "b\n", "", "\n"]);
  });

  it("ends a run of backspaces at an escape sequence", () => {
    expect(map("\b", "\x1b", "[0m\b")).toEqual(["\n", "", "\x1b[0m\n", ""]);
  });

  it("gives an escape sequence that never ends as text", () => {
    expect(map("a\x1b[12;")).toEqual(["a", "\x1b[12;"]);
  });

  it("takes a number too long for a coordinate as text, so that it holds little", () => {
    const digits = "1".repeat(17);
    expect(map(`\x1b[${digits}`)).toEqual([`\x1b[${digits}`, ""]);
    expect(map(`\x1b[${digits};1H`)).toEqual([`\x1b[${digits};1H`, ""]);
    const longest = `\x1b[${digits.slice(1)};${digits.slice(1)}`;
    expect(map(`x${longest}`, "H")).toEqual(["x", "\n", ""]);
  });
});
