// Elements → bytes. An element is encoded completely before any byte is sent, so a failure does not affect the
// connection.

import { Float } from "../../base/python-values.ts";
import { wireErrors } from "../errors.ts";
import {
  type Encodable,
  TYPE_FLOAT,
  TYPE_INT,
  TYPE_LIST,
  TYPE_LONGINT,
  TYPE_LONGNEG,
  TYPE_NEG,
  TYPE_STRING,
  TYPE_VOCAB,
} from "./element.ts";
import { type BananaLimits, bananaLimits } from "./limits.ts";
import { type Dialect, vocabularyIndex, vocabularyIndexOfText } from "./vocabulary.ts";

/** A string of at least this many bytes becomes a chunk of its own without a copy; shorter ones are copied together. */
const REFERENCED_STRING_BYTES = 4096;
const FIRST_CAPACITY_BYTES = 256;
/** Written as INT or NEG up to here, as LONGINT or LONGNEG beyond (twisted.spread.banana). */
const LARGEST_INT = 2_147_483_647n;
const LARGEST_NEG = 2_147_483_648n;

/**
 * The bytes of one element, as chunks to write in order. A long byte string among them is the caller's own buffer,
 * which must not change until it is written. Throws ERR_BANANA_LIMIT.
 */
export function encodeElement(
  element: Encodable,
  dialect: Dialect,
  limits: BananaLimits = bananaLimits,
): readonly Uint8Array[] {
  const writer = new Writer(dialect, limits);
  writer.element(element, 0);
  return writer.finish();
}

class Writer {
  readonly #dialect: Dialect;
  readonly #limits: BananaLimits;
  readonly #chunks: Uint8Array[] = [];
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  #start = 0;
  #at = 0;

  constructor(dialect: Dialect, limits: BananaLimits) {
    this.#dialect = dialect;
    this.#limits = limits;
  }

  element(element: Encodable, depth: number): void {
    if (typeof element === "number" || typeof element === "bigint") this.#integer(element);
    else if (typeof element === "string") this.#text(element);
    else if (element instanceof Uint8Array) this.#bytes(element);
    else if (element instanceof Float) this.#float(element.value);
    else this.#list(element, depth);
  }

  finish(): readonly Uint8Array[] {
    this.#cut();
    return this.#chunks;
  }

  #list(items: readonly Encodable[], depth: number): void {
    if (items.length > this.#limits.listItems) {
      throw wireErrors.bananaLimit("a list", items.length, this.#limits.listItems);
    }
    if (depth === this.#limits.depth) throw wireErrors.bananaLimit("a nesting of lists", depth + 1, this.#limits.depth);
    this.#header(items.length, TYPE_LIST);
    for (const item of items) this.element(item, depth + 1);
  }

  #text(text: string): void {
    const word = this.#dialect === "pb" ? vocabularyIndexOfText(text) : undefined;
    if (word === undefined) this.#string(Buffer.from(text));
    else this.#header(word, TYPE_VOCAB);
  }

  #bytes(bytes: Uint8Array): void {
    const word = this.#dialect === "pb" ? vocabularyIndex(bytes) : undefined;
    if (word === undefined) this.#string(bytes);
    else this.#header(word, TYPE_VOCAB);
  }

  #string(bytes: Uint8Array): void {
    if (bytes.length > this.#limits.stringBytes) {
      throw wireErrors.bananaLimit("a byte string", bytes.length, this.#limits.stringBytes);
    }
    this.#header(bytes.length, TYPE_STRING);
    if (bytes.length >= REFERENCED_STRING_BYTES) {
      this.#cut();
      this.#chunks.push(bytes);
    } else {
      this.#reserve(bytes.length);
      this.#buffer.set(bytes, this.#at);
      this.#at += bytes.length;
    }
  }

  #float(value: number): void {
    this.#reserve(9);
    this.#buffer[this.#at] = TYPE_FLOAT;
    this.#buffer.writeDoubleBE(value, this.#at + 1);
    this.#at += 9;
  }

  #integer(value: number | bigint): void {
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw wireErrors.bananaLimit("an integer", value, Number.MAX_SAFE_INTEGER);
      if (value >= 0 && value <= Number(LARGEST_INT)) return this.#header(value, TYPE_INT);
      return this.#integer(BigInt(value));
    }
    const magnitude = value < 0n ? -value : value;
    const long = value < 0n ? magnitude > LARGEST_NEG : magnitude > LARGEST_INT;
    const negativeType = long ? TYPE_LONGNEG : TYPE_NEG;
    const positiveType = long ? TYPE_LONGINT : TYPE_INT;
    this.#bigHeader(magnitude, value < 0n ? negativeType : positiveType);
  }

  #header(prefix: number, type: number): void {
    this.#reserve(6);
    let rest = prefix;
    do {
      this.#buffer[this.#at++] = rest & 0x7f;
      rest = Math.floor(rest / 128);
    } while (rest > 0);
    this.#buffer[this.#at++] = type;
  }

  #bigHeader(prefix: bigint, type: number): void {
    const digits = Math.ceil(prefix.toString(2).length / 7);
    if (digits > this.#limits.prefixBytes) {
      throw wireErrors.bananaLimit("an integer's digit count", digits, this.#limits.prefixBytes);
    }
    this.#reserve(digits + 1);
    let rest = prefix;
    for (let i = 0; i < digits; i += 1) {
      this.#buffer[this.#at++] = Number(rest & 0x7fn);
      rest >>= 7n;
    }
    this.#buffer[this.#at++] = type;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    this.#cut();
    this.#buffer = Buffer.allocUnsafe(Math.max(bytes, this.#buffer.length * 2));
    this.#start = 0;
    this.#at = 0;
  }

  #cut(): void {
    if (this.#at > this.#start) this.#chunks.push(this.#buffer.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}
