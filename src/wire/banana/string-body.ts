// The bytes of one string that arrives in several chunks. Memory grows with what has arrived, not with the announced
// length, but in two steps only: a doubling buffer would leave as much garbage as the string has bytes.

/** Once this much has arrived, the rest is allocated. */
const FIRST_CAPACITY_BYTES = 32 * 1024;

export class StringBody {
  /** The banana type byte that announced it. */
  readonly type: number;
  readonly #length: number;
  #buffer: Buffer;
  #filled = 0;

  constructor(type: number, length: number) {
    this.type = type;
    this.#length = length;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(length, FIRST_CAPACITY_BYTES));
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
    return this.#buffer;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const whole = Buffer.allocUnsafeSlow(this.#length);
    this.#buffer.copy(whole, 0, 0, this.#filled);
    this.#buffer = whole;
  }
}
