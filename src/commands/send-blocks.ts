// Sends the blocks of an upload with a window, none of them ending inside a character. Knows the master's file, not
// where the bytes come from.
import type { Clock } from "../base/clock.ts";
import { cutCharacter, MOST_MISSING_BYTES } from "../base/encoding/utf8-characters.ts";
import { countStreamed } from "../base/engine.ts";
import type { FileWriter } from "./peer.ts";
import { LARGEST_BLOCK_BYTES } from "./transfer.ts";
import { TransferWindow } from "./transfer-window.ts";

/** Leaves room for the rest of a character. */
const MOST_TAKEN_BYTES = LARGEST_BLOCK_BYTES - MOST_MISSING_BYTES;

export interface Blocks {
  /** Resolves to as many bytes as requested, or fewer at the end; they must not change afterwards. */
  readonly take: (lengthBytes: number) => Promise<Uint8Array>;
  readonly writer: FileWriter;
  readonly blockBytes: number;
  /** May be infinite. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Counts bytes that the master has acknowledged. */
  readonly progress: { readonly add: (bytes: number) => void };
}

type End = "sent" | "limit reached" | "interrupted";

/**
 * Resolves or rejects when no block is in flight. Rejects with the error of `take` or the master's `write`, after which
 * it sends nothing more. Sends at most `limitBytes` bytes, and of longer text no part of a character.
 */
export async function sendBlocks(blocks: Blocks): Promise<End> {
  const inFlight = new BlocksInFlight(blocks);
  try {
    const end = await sendInto(inFlight, blocks);
    await inFlight.allAcknowledged();
    return end;
  } finally {
    await inFlight.allSettled();
  }
}

async function sendInto(inFlight: BlocksInFlight, { take, limitBytes, signal }: Blocks): Promise<End> {
  let remaining = limitBytes;
  while (!signal.aborted) {
    if (remaining === 0) return (await take(1)).length === 0 ? "sent" : "limit reached";
    const { bytes, isBeforeLimit } = await takeBlock(take, Math.min(inFlight.blockBytes, remaining), remaining);
    if (bytes.length > 0) await inFlight.send(bytes);
    if (isBeforeLimit) return "limit reached";
    if (bytes.length === 0) return "sent";
    remaining -= bytes.length;
  }
  return "interrupted";
}

interface TakenBlock {
  readonly bytes: Uint8Array;
  /** The limit is inside the next character. */
  readonly isBeforeLimit: boolean;
}

/** A block of the given size, with the rest of its last character. */
async function takeBlock(take: Blocks["take"], wantedBytes: number, mostBytes: number): Promise<TakenBlock> {
  const bytes = await take(Math.min(wantedBytes, MOST_TAKEN_BYTES));
  const cut = cutCharacter(bytes);
  if (cut === undefined) return { bytes, isBeforeLimit: false };
  const rest = await take(cut.missingBytes);
  if (bytes.length + rest.length <= mostBytes) return { bytes: Buffer.concat([bytes, rest]), isBeforeLimit: false };
  return { bytes: bytes.subarray(0, bytes.length - cut.presentBytes), isBeforeLimit: true };
}

class BlocksInFlight {
  readonly #writer: FileWriter;
  readonly #signal: AbortSignal;
  readonly #window: TransferWindow;
  readonly #progress: Blocks["progress"];
  readonly #writes = new Set<Promise<void>>();
  #bytes = 0;
  #failure: Error | undefined;

  constructor({ writer, signal, blockBytes, clock, progress }: Blocks) {
    this.#writer = writer;
    this.#progress = progress;
    this.#signal = signal;
    this.#window = new TransferWindow({ blockBytes, clock, limitBytes: writer.budget.limitBytes });
  }

  get blockBytes(): number {
    return this.#window.blockBytes;
  }

  /** Resolves when the block was sent, or dropped because of an interrupt; rejects when an earlier one failed. */
  async send(block: Uint8Array): Promise<void> {
    const { budget } = this.#writer;
    while (this.#bytes > 0 && this.#bytes + block.length > this.#window.sizeBytes) {
      await Promise.race(this.#writes);
      this.#throwFailure();
    }
    await budget.take(block.length);
    if (this.#signal.aborted || this.#failure !== undefined) budget.give(block.length);
    else this.#launch(block);
    this.#throwFailure();
  }

  /** Resolves when all are acknowledged; rejects with the first error. */
  async allAcknowledged(): Promise<void> {
    await this.allSettled();
    this.#throwFailure();
  }

  /** Resolves when all are answered, with or without error. */
  async allSettled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #launch(block: Uint8Array): void {
    const write = this.#write(block).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  async #write(block: Uint8Array): Promise<void> {
    const answered = this.#window.sent(block.length);
    this.#bytes += block.length;
    try {
      await this.#writer.write(block);
      countStreamed(block.length);
      this.#progress.add(block.length);
    } catch (error) {
      this.#failure ??= error as Error;
    }
    answered();
    this.#bytes -= block.length;
    this.#writer.budget.give(block.length);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
