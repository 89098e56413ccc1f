// Counts the bytes that the transfers of one connection have on their way together, so that many of them at a time take
// no more memory, and no more of the line, than one alone.
import type { TransferBudget } from "../commands/index.ts";

/** Blocks that were sent and not acknowledged, and blocks that were asked for and not stored, per connection. */
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

  /** What is larger than the limit goes alone. */
  #hasRoom(bytes: number): boolean {
    return this.#takenBytes === 0 || this.#takenBytes + bytes <= this.limitBytes;
  }
}
