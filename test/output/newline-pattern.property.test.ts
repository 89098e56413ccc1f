import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PatternNewlines, readNewlinePattern } from "../../src/output/newline-pattern.ts";
import { throughSameMemory } from "./chunks.ts";

/** The masters' own, for JavaScript. */
const masters = String.raw`\r\n|\r(?=[^\n])|\x1b\[u|\x1b\[[0-9]+;[0-9]+[Hf]|\x1b\[2J|\x08+`;

/** Expressions that are read, with the same in JavaScript, and the characters that texts for them are made of. */
const expressions: readonly (readonly [expression: string, same: RegExp])[] = [
  [String.raw`(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)`, new RegExp(masters, "g")],
  [String.raw`\r\n|;`, /\r\n|;/g],
  ["#+", /#+/g],
  [String.raw`\d{2,3};?`, /\d{2,3};?/g],
  ["[a-c]H|[a-c]+", /[a-c]H|[a-c]+/g],
  [String.raw`\s`, /[\t-\r ]/g],
];
const characters = [
  "a",
  "b",
  "H",
  "f",
  "u",
  "J",
  ";",
  "#",
  "0",
  "12",
  "345",
  "\r",
  "\n",
  "\r\n",
  "\x1b[",
  "2J",
  "\b",
  " ",
  "é",
];

function mapped(expression: string, chunks: readonly Buffer[]): string {
  const pattern = readNewlinePattern(expression);
  if (pattern === undefined) throw new Error("it is not read");
  const newlines = new PatternNewlines(pattern);
  const pushed = throughSameMemory(chunks, (chunk) => newlines.push(chunk));
  return Buffer.concat([...pushed, newlines.end()]).toString();
}

describe("a newline expression of a master's", () => {
  it.each(expressions)("%s finds what Python's would, however the text is cut", (expression, same) => {
    const text = fc.array(fc.constantFrom(...characters), { maxLength: 40 }).map((all) => all.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (whole, sizes) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += chunks.at(-1)!.length) {
          chunks.push(bytes.subarray(at, at + sizes[chunks.length % sizes.length]!));
        }
        expect(mapped(expression, chunks)).toBe(whole.replaceAll(same, "\n"));
      }),
    );
  });

  it("is read, or is not, whatever it is, and a text is mapped by it in one pass", () => {
    const part = fc.constantFrom(
      "a",
      "[ab]",
      "(",
      ")",
      "|",
      "+",
      "*",
      "?",
      "{2}",
      "{1,}",
      "\\",
      "\\x41",
      "(?=.)",
      ".",
      "^",
      "\\d",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const pattern = readNewlinePattern(parts.join(""));
        if (pattern === undefined) return;
        const newlines = new PatternNewlines(pattern);
        const text = Buffer.from("ab12".repeat(300));
        const result = Buffer.concat([Buffer.from(newlines.push(text)), newlines.end()]);
        expect(result.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
