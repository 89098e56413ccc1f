// How many bytes one transfer keeps on their way, and in blocks of which size: enough that neither the line nor the
// master ever waits for us, and no more, since whatever else is said on the connection waits behind them.
import type { Clock } from "../base/clock.ts";
import { MOST_MISSING_BYTES } from "../base/encoding/utf8-characters.ts";

/** One block on its way, and one that the master works on: a transfer begins with these, and never has fewer. */
const LEAST_BLOCKS = 2;
/** Where there is room for more blocks than this, they become larger instead: each costs the master a call. */
const MOST_BLOCKS = 8;
/** The largest block that we choose, with the rest of a character; a master may ask for larger ones. */
const CHOSEN_BLOCK_LIMIT_BYTES = 512 * 1024 - MOST_MISSING_BYTES;
/** How long others may have to wait behind a transfer, beside one round trip. */
const QUEUE_MS = 50;
/** Clocks and event loops tell no shorter times apart. */
const SHORTEST_ROUND_TRIP_MS = 1;

export interface WindowOptions {
  /** The size of blocks that the master asks for, and the smallest there is. */
  readonly blockBytes: number;
  /** What the window never grows beyond. */
  readonly limitBytes: number;
  readonly clock: Clock;
}

/**
 * The line's rate is what was answered during a round trip. Were the line never busy, the shortest round trip would be
 * all of them; so rate times shortest round trip fills it. Twice that is asked for: as long as the line is not full, the
 * rate grows with the window and the window doubles with every round trip; once it is full, what is too much only waits.
 */
export class TransferWindow {
  readonly #options: WindowOptions;
  readonly #leastBytes: number;
  #sizeBytes: number;
  #answeredBytes = 0;
  #shortestMs = Number.POSITIVE_INFINITY;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#leastBytes = LEAST_BLOCKS * options.blockBytes;
    this.#sizeBytes = this.#leastBytes;
  }

  /** What may be on its way at the same time. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** What the next block should have. */
  get blockBytes(): number {
    const chosen = Math.min(Math.floor(this.#sizeBytes / MOST_BLOCKS), CHOSEN_BLOCK_LIMIT_BYTES);
    return Math.max(chosen, this.#options.blockBytes);
  }

  /** A block leaves. The function that it returns is to be called when the block is answered. */
  sent(bytes: number): () => void {
    const { clock } = this.#options;
    const sentMs = clock.nowMs();
    const answeredBefore = this.#answeredBytes;
    return () => {
      this.#answeredBytes += bytes;
      const tookMs = Math.max(clock.nowMs() - sentMs, SHORTEST_ROUND_TRIP_MS);
      this.#shortestMs = Math.min(this.#shortestMs, tookMs);
      const bytesPerMs = (this.#answeredBytes - answeredBefore) / tookMs;
      this.#approach(bytesPerMs * (2 * this.#shortestMs + QUEUE_MS), bytes);
    };
  }

  /** A step is no larger than what was answered, and half of it downwards: one late answer does not end the flow. */
  #approach(wantedBytes: number, answeredBytes: number): void {
    const step = clamp(wantedBytes - this.#sizeBytes, -answeredBytes / 2, answeredBytes);
    this.#sizeBytes = clamp(this.#sizeBytes + step, this.#leastBytes, this.#options.limitBytes);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
