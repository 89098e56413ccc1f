import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineFinder } from "../../src/output/lines.ts";
import { sized } from "../support/sized.ts";
import { chunkSizes, inChunks } from "./chunks.ts";
import { referenceLines, withNewlines } from "./reference.ts";

/** Text in which every rule, and nearly every rule, comes up. */
const terminalText = fc
  .array(
    fc.oneof(
      fc.constantFrom("\n", "\r", "\r\n", "\b", "\b\b", "\x1b", "[", "\x1b[", "12", ";", "H", "f", "u", "2J"),
      fc.constantFrom("\x1b[u", "\x1b[2J", "\x1b[3;14H", "\x1b[1;1f", "\x1b[31m", "\x1b[10;"),
      fc.constantFrom("a", "é", "世", "😀", "some words", "a line\n", "0123456789012345"),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

const limits = fc.oneof(fc.integer({ min: 5, max: 40 }), fc.constant(4096));

/** Cuts at bytes, then moves each cut to the start of a character, as the decoder does. */
function wholeCharacters(text: string, sizes: readonly number[]): Buffer[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return inChunks(Buffer.from(text), sizes).map((chunk) => Buffer.from(decoder.decode(chunk, { stream: true })));
}

function find(chunks: readonly Buffer[], limitBytes: number): Buffer[] {
  const finder = new LineFinder(limitBytes);
  return [...chunks.flatMap((chunk) => finder.push(chunk)), ...finder.end()];
}

describe("LineFinder on any text", () => {
  it("gives the lines of the whole text, however it is cut", () => {
    fc.assert(
      fc.property(terminalText, chunkSizes, limits, (text, sizes, limitBytes) => {
        const lines = Buffer.concat(find(wholeCharacters(text, sizes), limitBytes)).toString();
        expect(lines).toBe(referenceLines(text, limitBytes));
      }),
      { numRuns: sized(500, 2000) },
    );
  });

  it("loses nothing: without newlines the lines are the text", () => {
    fc.assert(
      fc.property(terminalText, chunkSizes, limits, (text, sizes, limitBytes) => {
        const lines = Buffer.concat(find(wholeCharacters(text, sizes), limitBytes)).toString();
        expect(lines.replaceAll("\n", "")).toBe(withNewlines(text).replaceAll("\n", ""));
      }),
    );
  });

  it("gives whole lines within the limit each time", () => {
    fc.assert(
      fc.property(terminalText, chunkSizes, limits, (text, sizes, limitBytes) => {
        for (const lines of find(wholeCharacters(text, sizes), limitBytes)) {
          expect(lines.at(-1)).toBe(0x0a);
          for (const line of lines.toString().slice(0, -1).split("\n")) {
            expect(Buffer.byteLength(line) + 1).toBeLessThanOrEqual(limitBytes);
          }
        }
      }),
    );
  });
});
