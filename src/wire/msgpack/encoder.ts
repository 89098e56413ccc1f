// A value → the bytes of one message, in the shortest formats. Does not interpret values.

import { messageBlocks } from "../../base/block-pool.ts";
import { Float } from "../../base/python-values.ts";
import { wireErrors } from "../errors.ts";
import * as format from "./formats.ts";
import { type MsgpackLimits, msgpackLimits } from "./limits.ts";
import { type FloatRun, FloatRuns, type MsgpackMap, type MsgpackValue, Utf8Text } from "./values.ts";

const SMALLEST_BUFFER_BYTES = 512;
/** Larger messages use a block that can be reused. */
const SMALL_BYTES = 16 * 1024;
const LARGEST_UINT64 = 2n ** 64n - 1n;
const LOWEST_INT64 = -(2n ** 63n);

/** Throws ERR_MSGPACK_UNSENDABLE for a value that has no format, or is too large or too deep for a message. */
export function encodeMessage(value: MsgpackValue, limits: MsgpackLimits = msgpackLimits): Buffer {
  const writer = new Writer(limits);
  writer.value(value, 0);
  return writer.bytes();
}

/** The first bytes of the formats of one kind: with the size in the same byte, or in 1, 2 or 4 bytes after it. */
interface SizedFormats {
  readonly fix?: { readonly first: number; readonly most: number };
  readonly one?: number;
  readonly two: number;
  readonly four: number;
}

const TEXT: SizedFormats = {
  fix: { first: format.FIXSTR, most: format.FIXSTR_MOST_BYTES },
  one: format.STR8,
  two: format.STR16,
  four: format.STR32,
};
const BINARY: SizedFormats = { one: format.BIN8, two: format.BIN16, four: format.BIN32 };
const ARRAY: SizedFormats = {
  fix: { first: format.FIXARRAY, most: format.FIXARRAY_MOST },
  two: format.ARRAY16,
  four: format.ARRAY32,
};
const MAP: SizedFormats = {
  fix: { first: format.FIXMAP, most: format.FIXMAP_MOST },
  two: format.MAP16,
  four: format.MAP32,
};

class Writer {
  readonly #limits: MsgpackLimits;
  #buffer = Buffer.allocUnsafe(SMALLEST_BUFFER_BYTES);
  #at = 0;

  constructor(limits: MsgpackLimits) {
    this.#limits = limits;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  value(value: MsgpackValue, depth: number): void {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number") return this.#number(value);
    if (value === null) return this.#byte(format.NIL);
    if (typeof value === "boolean") return this.#byte(value ? format.TRUE : format.FALSE);
    if (typeof value === "bigint") return this.#bigInteger(value);
    if (value instanceof Float) return this.#float(value.value);
    if (value instanceof Uint8Array) return this.#sized(BINARY, value);
    if (value instanceof FloatRuns) return this.#floats(value.runs);
    if (value instanceof Uint32Array) return this.#wholeNumbers(value);
    if (value instanceof Utf8Text) return this.#sized(TEXT, value.bytes);
    if (depth === this.#limits.depth) throw wireErrors.msgpackUnsendable(`a value more than ${depth} levels deep`);
    if (value instanceof Map) return this.#map(value as MsgpackMap, depth);
    if (Array.isArray(value)) return this.#array(value as readonly MsgpackValue[], depth);
    throw wireErrors.msgpackUnsendable("a value that MessagePack has no format for");
  }

  #map(map: MsgpackMap, depth: number): void {
    this.#size(MAP, map.size);
    for (const [key, value] of map) {
      this.#text(key);
      this.value(value, depth + 1);
    }
  }

  #array(items: readonly MsgpackValue[], depth: number): void {
    this.#size(ARRAY, items.length);
    for (const item of items) this.value(item, depth + 1);
  }

  /** Lone surrogates, which are invalid on the wire, become U+FFFD. */
  #text(text: string): void {
    const lengthBytes = Buffer.byteLength(text);
    this.#size(TEXT, lengthBytes);
    const at = this.#reserve(lengthBytes);
    this.#buffer.write(text, at, "utf8");
  }

  #sized(formats: SizedFormats, bytes: Uint8Array): void {
    this.#size(formats, bytes.length);
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  #size({ fix, one, two, four }: SizedFormats, size: number): void {
    if (fix !== undefined && size <= fix.most) this.#byte(fix.first + size);
    else if (one !== undefined && size <= 0xff) this.#unsigned(one, size, 1);
    else if (size <= 0xffff) this.#unsigned(two, size, 2);
    else this.#unsigned(four, size, 4);
  }

  /** A number with a fraction is a float; a whole one is an integer. */
  #number(value: number): void {
    if (!Number.isInteger(value)) this.#float(value);
    else if (!Number.isSafeInteger(value)) this.#bigInteger(BigInt(value));
    else if (value >= 0) this.#positive(value);
    else this.#negative(value);
  }

  #positive(value: number): void {
    if (value <= format.POSITIVE_FIXINT_MAX) this.#byte(value);
    else if (value <= 0xff) this.#unsigned(format.UINT8, value, 1);
    else if (value <= 0xffff) this.#unsigned(format.UINT16, value, 2);
    else if (value <= 0xffff_ffff) this.#unsigned(format.UINT32, value, 4);
    else this.#bigInteger(BigInt(value));
  }

  #negative(value: number): void {
    if (value >= format.NEGATIVE_FIXINT - 0x100) this.#byte(value + 0x100);
    else if (value >= -0x80) this.#unsigned(format.INT8, value + 0x100, 1);
    else if (value >= -0x8000) this.#unsigned(format.INT16, value + 0x1_0000, 2);
    else if (value >= -0x8000_0000) this.#unsigned(format.INT32, value + 0x1_0000_0000, 4);
    else this.#bigInteger(BigInt(value));
  }

  #bigInteger(value: bigint): void {
    if (value > LARGEST_UINT64 || value < LOWEST_INT64) throw wireErrors.msgpackUnsendable("an integer beyond 64 bits");
    const number = Number(value);
    if (Math.abs(number) <= 0x7fff_ffff) return this.#number(number);
    this.#byte(value >= 0n ? format.UINT64 : format.INT64);
    const at = this.#reserve(8);
    if (value >= 0n) this.#buffer.writeBigUInt64BE(value, at);
    else this.#buffer.writeBigInt64BE(value, at);
  }

  #float(value: number): void {
    this.#byte(format.FLOAT64);
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  #wholeNumbers(values: Uint32Array): void {
    this.#size(ARRAY, values.length);
    for (const value of values) this.#positive(value);
  }

  #floats(runs: readonly FloatRun[]): void {
    const total = runs.reduce((sum, { count }) => sum + count, 0);
    this.#size(ARRAY, total);
    const encoded = Buffer.of(format.FLOAT64, 0, 0, 0, 0, 0, 0, 0, 0);
    for (const { value, count } of runs) {
      encoded.writeDoubleBE(value, 1);
      const bytes = count * encoded.length;
      const at = this.#reserve(bytes);
      this.#buffer.fill(encoded, at, at + bytes);
    }
  }

  /** Big-endian. */
  #unsigned(first: number, value: number, lengthBytes: 1 | 2 | 4): void {
    const at = this.#reserve(1 + lengthBytes);
    const buffer = this.#buffer;
    buffer[at] = first;
    let rest = value;
    for (let last = at + lengthBytes; last > at; last -= 1) {
      buffer[last] = rest; // its lowest byte
      rest >>>= 8;
    }
  }

  #byte(byte: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = byte;
  }

  /** Makes room for so many bytes; returns where to write them. */
  #reserve(lengthBytes: number): number {
    const at = this.#at;
    const end = at + lengthBytes;
    if (end > this.#limits.messageBytes) {
      throw wireErrors.msgpackUnsendable(`a message of more than ${this.#limits.messageBytes} bytes`);
    }
    if (end > this.#buffer.length) {
      const fitsBlock = end > SMALL_BYTES && end <= messageBlocks.blockBytes;
      const larger = fitsBlock ? messageBlocks.take() : Buffer.allocUnsafe(Math.max(end, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, at);
      messageBlocks.giveBack(this.#buffer);
      this.#buffer = larger;
    }
    this.#at = end;
    return at;
  }
}
