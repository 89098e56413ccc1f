// Random but repeatable damage to byte streams, from a seed.

/** mulberry32: numbers from 0 up to 1; small, fast, and good enough for damage. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that mean something to banana: types, borders of numbers, vocabulary. */
const tokens = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0xff, 0x1a, 0x1b, 0x1d];

export class Mutator implements Iterable<number> {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = generator(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => (this.chance(0.5) ? this.#token() : this.below(256))));
  }

  /** A piece of the stream from its beginning, with one to eight wounds. */
  mutate(stream: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(stream.subarray(0, 1 + this.below(Math.min(stream.length, 20_000))));
    for (let wounds = 1 + this.below(8); wounds > 0; wounds -= 1) bytes = this.#wound(bytes);
    return bytes;
  }

  /** Endless small numbers, for cutting. */
  *[Symbol.iterator](): Generator<number, never, void> {
    for (;;) yield this.below(64);
  }

  #wound(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const length = this.below(20);
    switch (this.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = this.#token();
        return bytes;
      case 1:
        return Buffer.concat([bytes.subarray(0, at), this.bytes(length), bytes.subarray(at)]);
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      case 3:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(this.below(bytes.length + 1))]);
      default:
        return Buffer.concat([bytes, bytes.subarray(at, at + 500)]);
    }
  }

  #token(): number {
    return tokens[this.below(tokens.length)]!;
  }
}
