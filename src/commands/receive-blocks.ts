// Receives the blocks of a download, requested ahead. Knows the master's file, not where the bytes go.
import type { Clock } from "../base/clock.ts";
import { countStreamed } from "../base/engine.ts";
import type { FileReader } from "./peer.ts";
import { TransferWindow } from "./transfer-window.ts";

export interface Reception {
  readonly reader: FileReader;
  /** Stores the bytes in order; resolves when they are no longer used. */
  readonly store: (block: Uint8Array) => Promise<void>;
  readonly blockBytes: number;
  /** May be infinite. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Counts stored bytes. */
  readonly progress: { readonly add: (bytes: number) => void };
}

/**
 * Resolves or rejects when every requested block has arrived; rejects with the first error of `store` or the master's
 * `read`. Exactly `limitBytes` bytes are within the limit, and at most one byte more is requested.
 */
export async function receiveBlocks(reception: Reception): Promise<"received" | "limit reached" | "interrupted"> {
  const { store, limitBytes, signal, progress } = reception;
  const requested = new RequestedBlocks(reception);
  let received = 0;
  try {
    while (!signal.aborted) {
      await requested.request(limitBytes + 1 - received);
      const block = await requested.next();
      if (block.length === 0) return "received";
      await store(block.subarray(0, limitBytes - received));
      received += block.length;
      countStreamed(block.length);
      progress.add(block.length);
      if (received > limitBytes) return "limit reached";
      requested.stored();
    }
    return "interrupted";
  } finally {
    await requested.allSettled();
  }
}

interface RequestedBlock {
  readonly bytes: number;
  readonly answer: Promise<Uint8Array>;
}

class RequestedBlocks {
  readonly #reader: FileReader;
  readonly #window: TransferWindow;
  readonly #requested: RequestedBlock[] = [];
  /** The block that is being stored. */
  #taken: RequestedBlock | undefined;
  /** Of all that were requested and not yet stored. */
  #bytes = 0;
  /** The last one had fewer bytes than were requested for: most likely there are no more. */
  #wasShort = false;

  constructor({ reader, blockBytes, clock }: Reception) {
    this.#reader = reader;
    this.#window = new TransferWindow({ blockBytes, clock, limitBytes: reader.budget.limitBytes });
  }

  /** Asks for at least one block, and for as many as there is room for, but for no more bytes than are `wanted`. */
  async request(wanted: number): Promise<void> {
    const { budget } = this.#reader;
    if (this.#requested.length === 0) {
      const bytes = Math.min(this.#window.blockBytes, wanted);
      await budget.take(bytes);
      this.#send(bytes);
    }
    while (!this.#wasShort) {
      const bytes = Math.min(this.#window.blockBytes, wanted - this.#bytes);
      if (bytes <= 0 || this.#bytes + bytes > this.#window.sizeBytes || !budget.tryTake(bytes)) return;
      this.#send(bytes);
    }
  }

  /** The next block, which counts until it is stored. */
  async next(): Promise<Uint8Array> {
    this.#taken = this.#requested.shift()!;
    const block = await this.#taken.answer;
    this.#wasShort = block.length < this.#taken.bytes;
    return block;
  }

  stored(): void {
    const { bytes } = this.#taken!;
    this.#taken = undefined;
    this.#bytes -= bytes;
    this.#reader.budget.give(bytes);
  }

  /** Resolves when all were answered, however: the master has nothing to send any more. */
  async allSettled(): Promise<void> {
    await Promise.allSettled(this.#requested.map(({ answer }) => answer));
    this.#reader.budget.give(this.#bytes);
  }

  #send(bytes: number): void {
    const answer = this.#reader.read(bytes).finally(this.#window.sent(bytes));
    answer.catch(() => {}); // the first that fails is awaited, and ends the transfer
    this.#bytes += bytes;
    this.#requested.push({ bytes, answer });
  }
}
