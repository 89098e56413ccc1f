// Reuses the memory of batches once the master has acknowledged them, so that streaming output leaves no garbage.
// Process-wide; blocks that are not returned, as when a connection is lost, are collected as usual.
import { countStreamed } from "../base/buffer-garbage.ts";

/** Size of a batch. */
export const BLOCK_BYTES = 65_536;
/** Free blocks that are kept: 4 MiB, the default limit of output that waits for the master. */
export const MOST_FREE_BLOCKS = 64;

const free: Buffer[] = [];

export function takeBlock(): Buffer {
  const block = free.pop();
  if (block !== undefined) return block;
  countStreamed(BLOCK_BYTES);
  return Buffer.allocUnsafeSlow(BLOCK_BYTES);
}

/** Returns a block; call once, when it is no longer read. */
export function returnBlock(block: Buffer): void {
  if (free.length < MOST_FREE_BLOCKS) free.push(block);
}
