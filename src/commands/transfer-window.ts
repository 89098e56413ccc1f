// The window of one transfer, in bytes in flight and block size: enough that neither the network nor the master waits
// for us, and no more, because other messages on the connection queue behind them.
import type { Clock } from "../base/clock.ts";
import { MOST_MISSING_BYTES } from "../base/encoding/utf8-characters.ts";

/** One block in flight, and one that the master is processing: the initial and minimum window. */
const LEAST_BLOCKS = 2;
/** Larger windows use larger blocks instead of more, because each block costs the master a call. */
const MOST_BLOCKS = 8;
/** The largest block that we choose, including the rest of a character; a master may ask for larger ones. */
const CHOSEN_BLOCK_LIMIT_BYTES = 512 * 1024 - MOST_MISSING_BYTES;
/** Delay of other messages behind a transfer, in addition to one round trip. */
const QUEUE_MS = 50;
/** Resolution of the clock and event loop. */
const SHORTEST_ROUND_TRIP_MS = 1;

export interface WindowOptions {
  /** The block size that the master asks for, which is the minimum. */
  readonly blockBytes: number;
  /** The maximum of the window. */
  readonly limitBytes: number;
  readonly clock: Clock;
}

/**
 * The rate of the connection is the number of bytes acknowledged during a round trip. The shortest round trip is that
 * of an idle connection, so rate times shortest round trip fills the connection. The target is twice that: while the
 * connection is not full, the rate grows with the window, and the window doubles with each round trip; once it is full,
 * the excess only queues.
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

  /** Bytes that may be in flight. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Size of the next block. */
  get blockBytes(): number {
    const chosen = Math.min(Math.floor(this.#sizeBytes / MOST_BLOCKS), CHOSEN_BLOCK_LIMIT_BYTES);
    return Math.max(chosen, this.#options.blockBytes);
  }

  /** Records a sent block; call the returned function when it is acknowledged. */
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

  /**
   * Grows by at most the acknowledged bytes, and shrinks by at most half of them, so that one late answer has little
   * effect.
   */
  #approach(wantedBytes: number, answeredBytes: number): void {
    const step = clamp(wantedBytes - this.#sizeBytes, -answeredBytes / 2, answeredBytes);
    this.#sizeBytes = clamp(this.#sizeBytes + step, this.#leastBytes, this.#options.limitBytes);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
