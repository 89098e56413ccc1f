// The blocks of an upload, one on its way at a time. Knows the master's file, not where the bytes come from.
import type { FileWriter } from "../session/peer.ts";

export interface Blocks {
  /** Resolves to as many bytes as asked for, or fewer at the end; they are done with before the next call. */
  readonly take: (lengthBytes: number) => Promise<Uint8Array>;
  readonly writer: FileWriter;
  readonly blockBytes: number;
  /** May be infinite. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

/** Rejects with what `take` or the master's `write` failed with. Exactly `limitBytes` bytes are within the limit. */
export async function sendBlocks(blocks: Blocks): Promise<"sent" | "limit reached" | "interrupted"> {
  let remaining = blocks.limitBytes;
  while (!blocks.signal.aborted) {
    if (remaining === 0) return (await blocks.take(1)).length === 0 ? "sent" : "limit reached";
    const block = await blocks.take(Math.min(blocks.blockBytes, remaining));
    if (block.length === 0) return "sent";
    await blocks.writer.write(block);
    remaining -= block.length;
  }
  return "interrupted";
}
