// How much of what a worker sent waits here to be taken. A worker of ours waits for answers; one that does not is read no
// further until there is room again, so that its own line holds it back.

/** Of output and blocks of files, per connection. */
const LIMIT_BYTES = 8 * 1024 * 1024;
/** Beside them, each costs some memory of its own. */
const LIMIT_ITEMS = 2000;
/** Reading goes on when so much of either limit is left. */
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

  /** Counts until what it returns is called, once. */
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
