// Back-pressure: the amount of received data that is not processed yet. Buildhand's workers wait for answers; for
// others, reading pauses until there is room again.

/** Output and file blocks, per connection. */
const LIMIT_BYTES = 8 * 1024 * 1024;
/** Each message also costs some memory of its own. */
const LIMIT_ITEMS = 2000;
/** Reading resumes below this fraction of both limits. */
const RELAXED_PART = 0.5;

export interface Reading {
  pause(): void;
  resume(): void;
}

export class ReceiveWindow {
  readonly #reading: Reading;
  #bytes = 0;
  #items = 0;
  #isPaused = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Counted until the returned function is called, once. */
  take(bytes: number): () => void {
    this.#count(bytes, 1);
    return () => this.#count(-bytes, -1);
  }

  #count(bytes: number, items: number): void {
    this.#bytes += bytes;
    this.#items += items;
    const part = Math.max(this.#bytes / LIMIT_BYTES, this.#items / LIMIT_ITEMS);
    if (!this.#isPaused && part > 1) {
      this.#isPaused = true;
      this.#reading.pause();
    } else if (this.#isPaused && part <= RELAXED_PART) {
      this.#isPaused = false;
      this.#reading.resume();
    }
  }
}
