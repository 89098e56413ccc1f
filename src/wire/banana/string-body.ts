// The bytes of one string that arrives in several chunks. Memory grows with what has arrived, not with what was
// announced: a peer that announces 640 KiB and sends one byte at a time costs what it sent.

const FIRST_CAPACITY_BYTES = 4096;

export class StringBody {
  /** The banana type byte that announced it. */
  readonly type: number;
  readonly #length: number;
  #buffer: Buffer;
  #filled = 0;

  constructor(type: number, length: number) {
    this.type = type;
    this.#length = length;
    this.#buffer = Buffer.allocUnsafe(Math.min(length, FIRST_CAPACITY_BYTES));
  }

  get complete(): boolean {
    return this.#filled === this.#length;
  }

  /** Takes what it needs from `chunk` at `at`; returns how many bytes it took. */
  take(chunk: Uint8Array, at: number): number {
    const taken = Math.min(chunk.length - at, this.#length - this.#filled);
    this.#reserve(this.#filled + taken);
    this.#buffer.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    return taken;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#length, Math.max(bytes, this.#buffer.length * 2)));
    this.#buffer.copy(grown, 0, 0, this.#filled);
    this.#buffer = grown;
  }
}
