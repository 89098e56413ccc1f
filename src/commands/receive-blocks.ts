// The blocks of a download, asked for ahead. Knows the master's file, not where the bytes go.
import { countStreamed } from "../base/buffer-garbage.ts";
import type { Clock } from "../base/clock.ts";
import type { FileReader } from "./peer.ts";
import { TransferWindow } from "./transfer-window.ts";

export interface Reception {
  readonly reader: FileReader;
  /** Given the bytes in order; it is done with them when it resolves. */
  readonly store: (block: Uint8Array) => Promise<void>;
  readonly blockBytes: number;
  /** May be infinite. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Told of the bytes that were stored. */
  readonly progress: { readonly add: (bytes: number) => void };
}

/**
 * Resolves or rejects when every block that was asked for is here; rejects with what `store` or the master's `read`
 * failed with first. Exactly `limitBytes` bytes are within the limit, and no more than one byte beyond them is asked for.
 */
export async function receiveBlocks(reception: Reception): Promise<"received" | "limit reached" | "interrupted"> {
  const { store, limitBytes, signal, progress } = reception;
  const asked = new BlocksAsked(reception);
  let received = 0;
  try {
    while (!signal.aborted) {
      await asked.ask(limitBytes + 1 - received);
      const block = await asked.next();
      if (block.length === 0) return "received";
      await store(block.subarray(0, limitBytes - received));
      received += block.length;
      countStreamed(block.length);
      progress.add(block.length);
      if (received > limitBytes) return "limit reached";
      asked.stored();
    }
    return "interrupted";
  } finally {
    await asked.over();
  }
}

interface Asked {
  readonly bytes: number;
  readonly answer: Promise<Uint8Array>;
}

class BlocksAsked {
  readonly #reader: FileReader;
  readonly #window: TransferWindow;
  readonly #asked: Asked[] = [];
  /** The one that is being stored. */
  #taken: Asked | undefined;
  /** Of all that were asked for and not stored. */
  #bytes = 0;
  /** The last one had fewer bytes than were asked for: most likely there are no more. */
  #wasShort = false;

  constructor({ reader, blockBytes, clock }: Reception) {
    this.#reader = reader;
    this.#window = new TransferWindow({ blockBytes, clock, limitBytes: reader.budget.limitBytes });
  }

  /** Asks for at least one block, and for as many as there is room for, but for no more bytes than are `wanted`. */
  async ask(wanted: number): Promise<void> {
    const { budget } = this.#reader;
    if (this.#asked.length === 0) {
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
    this.#taken = this.#asked.shift()!;
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
  async over(): Promise<void> {
    await Promise.allSettled(this.#asked.map(({ answer }) => answer));
    this.#reader.budget.give(this.#bytes);
  }

  #send(bytes: number): void {
    const answer = this.#reader.read(bytes).finally(this.#window.sent(bytes));
    answer.catch(() => {}); // the first that fails is awaited, and ends the transfer
    this.#bytes += bytes;
    this.#asked.push({ bytes, answer });
  }
}
