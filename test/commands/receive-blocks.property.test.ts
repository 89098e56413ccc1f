import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { receiveBlocks } from "../../src/commands/receive-blocks.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { contentOf, MasterReader, turn } from "./master-files.ts";

describe("receiving blocks", () => {
  it("stores the file up to the limit and asks for one byte beyond it at most, however much comes at a time", async () => {
    const cases = fc.record({
      bytes: fc.nat(3000),
      blockBytes: fc.integer({ min: 1, max: 400 }),
      limitBytes: fc.oneof(fc.nat(3500), fc.constant(Number.POSITIVE_INFINITY)),
      parts: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bytes, blockBytes, limitBytes, parts }) => {
        const content = contentOf(bytes);
        let reads = 0;
        const reader = new MasterReader(content, (asked) => Math.min(asked, parts[reads++ % parts.length]!));
        const stored: Uint8Array[] = [];
        const store = async (block: Uint8Array) => void stored.push(Uint8Array.from(block));
        const clock = new ManualClock();
        const end = receiveBlocks({
          reader,
          store,
          blockBytes,
          limitBytes,
          signal: new AbortController().signal,
          clock,
          progress: { add() {} },
        });
        await turn();
        while (reader.waiting.length > 0) await reader.answer();
        expect(await end).toBe(bytes > limitBytes ? "limit reached" : "received");
        expect(Buffer.concat(stored).equals(content.subarray(0, limitBytes))).toBe(true);
        expect(reader.mostBytes).toBeLessThanOrEqual(limitBytes + 1);
        expect(reader.budget.takenBytes).toBe(0);
      }),
    );
  });
});
