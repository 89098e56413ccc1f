import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import { UpdateText } from "../../../src/master/workers/update-text.ts";

const NEWLINE = 10;
/** Any text of JavaScript, with halves of pairs in it. */
const units = fc.array(fc.nat({ max: 0xffff })).map((codes) => String.fromCharCode(...codes));

function all(pieces: readonly (string | Uint8Array)[]): readonly CommandUpdate[] {
  const text = new UpdateText();
  return [...pieces.map((piece) => text.push("stdout", piece)), ...text.end()].filter((update) => update !== undefined);
}

function bytesOf(updates: readonly CommandUpdate[]): Buffer {
  return Buffer.concat(updates.map((update) => ("text" in update ? update.text : Buffer.of())));
}

/** Nothing in it ends a line. */
function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

describe("text of a worker", () => {
  it("is whole lines of valid UTF-8, whatever was sent", () => {
    const piece = fc.oneof(units, fc.uint8Array(), fc.constantFrom("\r", "\n", "\u001b[", "2J"));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const isRight = (update: CommandUpdate) =>
          "text" in update && update.text.at(-1) === NEWLINE && isUtf8(update.text);
        expect(all(pieces).filter((update) => !isRight(update))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("is the same in any pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat({ max: 300 })), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(bytesOf(all(pieces))).toEqual(bytesOf(all([bytes])));
      }),
      { numRuns: 200 },
    );
  });

  it("is unchanged when it consists of whole lines", () => {
    fc.assert(
      fc.property(fc.array(units.filter(isPlain)), (lines) => {
        const text = lines.map((line) => `${line}\n`).join("");
        expect(bytesOf(all(text === "" ? [] : [text])).toString()).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
