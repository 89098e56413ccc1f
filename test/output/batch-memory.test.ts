import { describe, expect, it } from "vitest";
import { BLOCK_BYTES, MOST_FREE_BLOCKS, returnBlock, takeBlock } from "../../src/output/batch-memory.ts";

describe("memory for batches", () => {
  it("is reused after it was returned, by one user at a time", () => {
    const [one, other] = [takeBlock(), takeBlock()];
    expect([one.length, other.length]).toEqual([BLOCK_BYTES, BLOCK_BYTES]);
    expect(one.buffer).not.toBe(other.buffer);
    returnBlock(one);
    expect(takeBlock()).toBe(one);
    expect(takeBlock()).not.toBe(one);
  });

  it("is kept up to a limit", () => {
    const taken = Array.from({ length: MOST_FREE_BLOCKS + 10 }, takeBlock);
    taken.forEach(returnBlock);
    const again = new Set(Array.from({ length: MOST_FREE_BLOCKS + 10 }, takeBlock));
    expect(taken.filter((block) => again.has(block))).toHaveLength(MOST_FREE_BLOCKS);
  });
});
