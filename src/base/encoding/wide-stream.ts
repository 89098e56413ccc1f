// Decodes UTF-16 and UTF-32, chunk by chunk, as Python does: a byte order mark that sets the byte order is skipped, any
// other one is text.
import type { ByteOrder } from "./python-codec-names.ts";
import type { DecodingStream } from "./text-encoding.ts";

const REPLACEMENT = "\ufffd";
const MARK = 0xfeff;
const LARGEST_CODE_POINT = 0x10_ffff;
const EMPTY = Buffer.alloc(0);

export interface WideForm {
  readonly unitBytes: 2 | 4;
  readonly order: ByteOrder;
}

export class WideStream implements DecodingStream {
  readonly #unitBytes: 2 | 4;
  #order: ByteOrder;
  #held: Buffer = EMPTY;
  /** The first half of a surrogate pair whose second half may follow. */
  #high: number | undefined;

  constructor({ unitBytes, order }: WideForm) {
    this.#unitBytes = unitBytes;
    this.#order = order;
  }

  push(chunk: Buffer): string {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    let end = 0;
    let text = "";
    for (; end + this.#unitBytes <= bytes.length; end += this.#unitBytes) {
      const unit = this.#unitAt(bytes, end);
      if (unit !== undefined) text += this.#unitBytes === 2 ? this.#textOfHalf(unit) : textOfCodePoint(unit);
    }
    this.#held = Buffer.from(bytes.subarray(end));
    return text;
  }

  end(): string {
    const isCut = this.#held.length > 0 || this.#high !== undefined;
    this.#held = EMPTY;
    this.#high = undefined;
    return isCut ? REPLACEMENT : "";
  }

  /** Undefined for the byte order mark at the start of the stream. */
  #unitAt(bytes: Buffer, at: number): number | undefined {
    const little = this.#unitBytes === 2 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
    const big = this.#unitBytes === 2 ? bytes.readUInt16BE(at) : bytes.readUInt32BE(at);
    if (this.#order === "mark") {
      this.#order = big === MARK ? "big" : "little";
      if (big === MARK || little === MARK) return undefined;
    }
    return this.#order === "big" ? big : little;
  }

  #textOfHalf(unit: number): string {
    const high = this.#high;
    this.#high = undefined;
    if (isLow(unit)) return high === undefined ? REPLACEMENT : String.fromCharCode(high, unit);
    const lost = high === undefined ? "" : REPLACEMENT;
    if (!isHigh(unit)) return lost + String.fromCharCode(unit);
    this.#high = unit;
    return lost;
  }
}

function textOfCodePoint(unit: number): string {
  return unit > LARGEST_CODE_POINT || isHigh(unit) || isLow(unit) ? REPLACEMENT : String.fromCodePoint(unit);
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
