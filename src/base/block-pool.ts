// Reuses blocks of memory, so that streaming output leaves no garbage. Process-wide; a block that is not given back, as
// when a connection is lost, is collected as usual.
import { countProcessed, countStreamed } from "./engine.ts";

export class BlockPool {
  readonly blockBytes: number;
  readonly #mostFree: number;
  readonly #free: Buffer<ArrayBuffer>[] = [];
  /** The size alone does not tell: Node's own pool of small buffers has blocks, too. */
  readonly #own = new WeakSet<ArrayBufferLike>();

  constructor(blockBytes: number, mostFree: number) {
    this.blockBytes = blockBytes;
    this.#mostFree = mostFree;
  }

  take(): Buffer<ArrayBuffer> {
    const block = this.#free.pop();
    if (block !== undefined) {
      countProcessed(this.blockBytes);
      return block;
    }
    countStreamed(this.blockBytes);
    const made = Buffer.allocUnsafeSlow(this.blockBytes);
    this.#own.add(made.buffer);
    return made;
  }

  /** Whether these bytes are a block, or part of one. */
  owns(bytes: Uint8Array): boolean {
    return this.#own.has(bytes.buffer);
  }

  /** Returns a block, or part of one, that is no longer in use; call once. Other memory is ignored. */
  giveBack(bytes: Uint8Array): void {
    if (this.owns(bytes) && this.#free.length < this.#mostFree)
      this.#free.push(Buffer.from(bytes.buffer as ArrayBuffer));
  }
}

/** For batches of output of any size: 4 MiB, the default limit of output that waits for the master. */
export const batchBlocks = new BlockPool(256 * 1024, 16);

/** For batches of at most 64 KiB, which is what masters ask for over MessagePack. */
export const smallBatchBlocks = new BlockPool(64 * 1024, 64);

/** For messages that hold a batch. */
export const messageBlocks = new BlockPool(128 * 1024, 16);
