import { describe, expect, it } from "vitest";
import { BlockPool } from "../../src/base/block-pool.ts";

describe("a pool of blocks", () => {
  it("reuses a block that was given back, for one user at a time", () => {
    const pool = new BlockPool(1024, 4);
    const [one, other] = [pool.take(), pool.take()];
    expect([one.length, other.length]).toEqual([1024, 1024]);
    expect(one.buffer).not.toBe(other.buffer);
    pool.giveBack(one);
    expect(pool.take().buffer).toBe(one.buffer);
    expect(pool.take().buffer).not.toBe(one.buffer);
  });

  it("takes back the whole block of a part, and ignores other memory", () => {
    const pool = new BlockPool(1024, 4);
    const block = pool.take();
    pool.giveBack(block.subarray(10, 20));
    pool.giveBack(Buffer.alloc(100));
    pool.giveBack(Buffer.alloc(1024)); // of the same size, but not its own
    const again = pool.take();
    expect([again.buffer === block.buffer, again.length]).toEqual([true, 1024]);
    expect(pool.take().length).toBe(1024);
  });

  it("keeps a limited number of them", () => {
    const pool = new BlockPool(1024, 4);
    const taken = Array.from({ length: 10 }, () => pool.take());
    for (const block of taken) pool.giveBack(block);
    const again = new Set(Array.from({ length: 10 }, () => pool.take().buffer));
    expect(taken.filter((block) => again.has(block.buffer))).toHaveLength(4);
  });
});
