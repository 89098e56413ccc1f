// Everything between the bytes of a program and the updates of a command at once: decoding, lines, batches.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { CommandOutput } from "../../src/output/command-output.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { sized } from "../support/sized.ts";
import { nearlyUtf8 } from "./chunks.ts";
import { referenceLines } from "./reference.ts";
import { unanswered } from "./shown.ts";

const streams = ["stdout", "stderr"] as const;

const step = fc.record({
  stream: fc.constantFrom(...streams),
  bytes: fc.oneof(
    nearlyUtf8,
    fc.constantFrom("\r", "\n", "\r\n", "\b\b", "\x1b[2J", "a line\n", "é世😀").map((text) => Buffer.from(text)),
  ),
  /** Until the next one comes. */
  silenceMs: fc.constantFrom(0, 0, 100, 2000),
});

/** Mostly small ones, among them the least that there is and the one of Buildbot's worker. */
const limits = fc.oneof(fc.integer({ min: 5, max: 40 }), fc.constantFrom(4096, 65_000));

function textOf(updates: readonly CommandUpdate[], stream: (typeof streams)[number]): Buffer {
  return Buffer.concat(updates.flatMap((update) => (update.key === stream ? [update.text] : [])));
}

describe("any output in any pieces, whatever the limit of lines", () => {
  it("reaches the master whole, in order and in whole lines", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), limits, (steps, lineLimitBytes) => {
        const clock = new ManualClock();
        const sent: CommandUpdate[] = [];
        const output = new CommandOutput({
          clock,
          lineLimitBytes,
          send: unanswered((updates) => sent.push(...updates)),
        });
        for (const { stream, bytes, silenceMs } of steps) {
          output.write(stream, bytes);
          clock.advance(silenceMs);
        }
        output.end();
        for (const stream of streams) {
          const bytes = Buffer.concat(steps.filter((one) => one.stream === stream).map((one) => one.bytes));
          expect(textOf(sent, stream).toString()).toBe(referenceLines(bytes.toString(), lineLimitBytes));
        }
        for (const update of sent) {
          const text = "text" in update ? update.text : Buffer.alloc(0);
          expect(text.at(-1)).toBe(0x0a);
          expect(() => new TextDecoder("utf-8", { fatal: true }).decode(text)).not.toThrow();
        }
      }),
      { numRuns: sized(300, 1000) },
    );
  });
});
