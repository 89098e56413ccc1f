// Memory for batches of output on their way to a master, used again for others once he has them: what streams through then
// leaves no garbage. Process-wide; what is not given back, as when a master is lost, is garbage like everything else.
import { countStreamed } from "../base/buffer-garbage.ts";

/** A batch, as masters like them. */
export const BLOCK_BYTES = 65_536;
/** As many as a master may let wait, unless its admin wants more: 4 MiB. More are not kept. */
export const MOST_FREE_BLOCKS = 64;

const free: Buffer[] = [];

export function takeBlock(): Buffer {
  const block = free.pop();
  if (block !== undefined) return block;
  countStreamed(BLOCK_BYTES);
  return Buffer.allocUnsafeSlow(BLOCK_BYTES);
}

/** To be called once for a block, when nobody reads it any more. */
export function giveBlock(block: Buffer): void {
  if (free.length < MOST_FREE_BLOCKS) free.push(block);
}
