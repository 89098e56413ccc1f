// Counts the bytes in transit of all transfers of a connection, so that many of them at a time take no more memory and
// bandwidth than one.
import type { TransferBudget } from "../commands/index.ts";

/** Blocks sent but not acknowledged, and blocks requested but not stored, per connection. */
export const TRANSFER_LIMIT_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
}

/** First come, first served. */
export class ConnectionBudget implements TransferBudget {
  readonly limitBytes: number;
  readonly #waiting: Waiting[] = [];
  #takenBytes = 0;

  constructor(limitBytes = TRANSFER_LIMIT_BYTES) {
    this.limitBytes = limitBytes;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) return false;
    this.#takenBytes += bytes;
    return true;
  }

  take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  give(bytes: number): void {
    this.#takenBytes -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#takenBytes += next.bytes;
      next.resolve();
    }
  }

  /** A block larger than the limit is transferred alone. */
  #hasRoom(bytes: number): boolean {
    return this.#takenBytes === 0 || this.#takenBytes + bytes <= this.limitBytes;
  }
}
