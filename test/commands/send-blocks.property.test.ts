import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sendBlocks } from "../../src/commands/send-blocks.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MasterWriter, turn } from "./master-files.ts";

const text = fc
  .array(fc.constantFrom("a", "\n", "é", "€", "😀"), { maxLength: 400 })
  .map((all) => Buffer.from(all.join("")));
const binary = fc.uint8Array({ maxLength: 1000 }).map((bytes) => Buffer.from(bytes));

async function sent(content: Buffer, blockBytes: number, limitBytes: number): Promise<MasterWriter> {
  const writer = new MasterWriter();
  let rest = content;
  const take = async (lengthBytes: number) => {
    const block = rest.subarray(0, lengthBytes);
    rest = rest.subarray(block.length);
    return block;
  };
  const { signal } = new AbortController();
  const clock = new ManualClock();
  const end = sendBlocks({ take, writer, blockBytes, limitBytes, signal, clock, progress: { add() {} } });
  await turn();
  while (writer.waiting.length > 0) await writer.answer();
  expect(await end).toBe(content.length > limitBytes ? "limit reached" : "sent");
  return writer;
}

const sizes = {
  blockBytes: fc.integer({ min: 1, max: 50 }),
  limitBytes: fc.oneof(fc.nat(1200), fc.constant(Number.POSITIVE_INFINITY)),
};

describe("sending any file", () => {
  it("sends text in blocks that are text each, and loses nothing but a character that the limit cuts", async () => {
    await fc.assert(
      fc.asyncProperty(text, sizes.blockBytes, sizes.limitBytes, async (content, blockBytes, limitBytes) => {
        const { blocks } = await sent(content, blockBytes, limitBytes);
        const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
        expect(() => blocks.map((block) => strict.decode(block))).not.toThrow();
        const all = Buffer.concat(blocks);
        expect(all.equals(content.subarray(0, all.length))).toBe(true);
        expect(all.length).toBeLessThanOrEqual(limitBytes);
        expect(all.length).toBeGreaterThan(Math.min(content.length, limitBytes) - 4);
        for (const block of blocks.slice(0, -1))
          expect(block.length).toBeGreaterThanOrEqual(Math.min(blockBytes, limitBytes));
      }),
    );
  });

  it("sends all bytes of anything else, as far as the limit goes", async () => {
    await fc.assert(
      fc.asyncProperty(binary, sizes.blockBytes, async (content, blockBytes) => {
        const { blocks } = await sent(content, blockBytes, Number.POSITIVE_INFINITY);
        expect(Buffer.concat(blocks).equals(content)).toBe(true);
      }),
    );
  });
});
