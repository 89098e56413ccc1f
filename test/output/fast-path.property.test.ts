// Output that needs no change goes from pipe to socket as it is; that this makes no difference to anybody is shown here, on
// streams as large as those of builds, in which it begins and ends anywhere.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { CommandOutput } from "../../src/output/command-output.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { sized } from "../support/sized.ts";
import { inChunks, throughSameMemory } from "./chunks.ts";
import { referenceLines } from "./reference.ts";
import { unanswered } from "./shown.ts";

/** As Buildbot's worker has it. */
const LINE_LIMIT_BYTES = 4096;

/** Up to so much of the same line is more than what a read gives, or a batch holds. */
const BYTES_OF_A_PART = 150_000;

/** Lines that go through as they are. */
const plain = linesOf("", "x", "a line of output", "é世😀 in several bytes");
const tooLong = linesOf("long ".repeat(LINE_LIMIT_BYTES / 4));

function linesOf(...lines: readonly string[]) {
  return fc
    .record({ line: fc.constantFrom(...lines), count: fc.integer({ min: 0, max: 3000 }) })
    .map(({ line, count }) => {
      return Buffer.from(`${line}\n`.repeat(Math.min(count, Math.ceil(BYTES_OF_A_PART / (line.length + 1)))));
    });
}

/** Does not. */
const special = fc
  .constantFrom(
    "0d",
    "0d0a",
    "08",
    "0808",
    "1b5b324a",
    "1b5b75",
    "1b5b333b313448",
    "1b5b",
    "1b",
    "c3",
    "f09f98",
    "ff",
    "eda080",
  )
  .map((hex) => Buffer.from(hex, "hex"));

const streams = fc
  .array(fc.oneof({ weight: 3, arbitrary: plain }, tooLong, { weight: 2, arbitrary: special }), { maxLength: 12 })
  .map((parts) => Buffer.concat(parts));

/** Of whole reads, and of ends that fall anywhere. */
const sizes = fc.array(fc.oneof(fc.constant(65_536), fc.integer({ min: 1, max: 20_000 })), {
  minLength: 1,
  maxLength: 20,
});

function shown(chunks: readonly Buffer[]): Buffer {
  const sent: CommandUpdate[] = [];
  const output = new CommandOutput({
    clock: new ManualClock(),
    lineLimitBytes: LINE_LIMIT_BYTES,
    send: unanswered((updates) => sent.push(...updates)),
  });
  throughSameMemory(chunks, (chunk) => {
    output.write("stdout", chunk);
    return chunk;
  });
  output.end();
  return Buffer.concat(sent.map((update) => ("text" in update ? update.text : Buffer.alloc(0))));
}

it("large streams reach the master as the plain rules on the whole of them say, however they are cut", () => {
  fc.assert(
    fc.property(streams, sizes, (bytes, cuts) => {
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      expect(shown(inChunks(bytes, cuts)).toString() === referenceLines(text, LINE_LIMIT_BYTES)).toBe(true);
    }),
    { numRuns: sized(15, 50) },
  );
}, 60_000);

it("a stream that needs no change is the same bytes behind, and the first special one changes nothing before it", () => {
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 6 }), special, plain, sizes, (parts, odd, rest, cuts) => {
      const before = Buffer.concat(parts);
      const whole = shown(inChunks(Buffer.concat([before, odd, rest]), cuts));
      expect(shown(inChunks(before, cuts)).equals(before)).toBe(true);
      expect(whole.subarray(0, before.length).equals(before)).toBe(true);
    }),
    { numRuns: sized(15, 50) },
  );
}, 60_000);
