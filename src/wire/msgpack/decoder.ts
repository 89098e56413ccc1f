// The bytes of one message → its value. Knows the grammar and its limits; does not interpret values.
import { isUtf8 } from "node:buffer";
import { Float } from "../../base/python-values.ts";
import { wireErrors } from "../errors.ts";
import * as format from "./formats.ts";
import { type MsgpackLimits, msgpackLimits } from "./limits.ts";
import type { MsgpackValue } from "./values.ts";

/**
 * The value of a whole message. Throws ERR_MSGPACK_SYNTAX or ERR_MSGPACK_LIMIT for anything else, before it allocates
 * memory. Bytes are views of the message, not copies.
 */
export function decodeMessage(message: Uint8Array, limits: MsgpackLimits = msgpackLimits): MsgpackValue {
  if (message.length > limits.messageBytes) {
    throw wireErrors.msgpackLimit("a message", message.length, limits.messageBytes);
  }
  const reader = new Reader(message, limits);
  const value = reader.value(0);
  if (reader.leftBytes > 0) throw wireErrors.msgpackSyntax("the end of the message", `${reader.leftBytes} more bytes`);
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #limits: MsgpackLimits;
  #at = 0;
  #elements = 0;

  constructor(message: Uint8Array, limits: MsgpackLimits) {
    this.#bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
    this.#limits = limits;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): MsgpackValue {
    const first = this.#bytes[this.#skip(1)]!;
    if (first <= format.POSITIVE_FIXINT_MAX) return first;
    if (first >= format.NEGATIVE_FIXINT) return first - 0x100;
    if (first < format.FIXARRAY) return this.#map(first - format.FIXMAP, depth);
    if (first < format.FIXSTR) return this.#array(first - format.FIXARRAY, depth);
    if (first < format.NIL) return this.#text(first - format.FIXSTR);
    return this.#longValue(first, depth);
  }

  #longValue(first: number, depth: number): MsgpackValue {
    switch (first) {
      case format.NIL:
        return null;
      case format.FALSE:
        return false;
      case format.TRUE:
        return true;
      case format.BIN8:
        return this.#binary(this.#unsigned(1));
      case format.BIN16:
        return this.#binary(this.#unsigned(2));
      case format.BIN32:
        return this.#binary(this.#unsigned(4));
      case format.FLOAT32:
        return new Float(this.#bytes.readFloatBE(this.#skip(4)));
      case format.FLOAT64:
        return new Float(this.#bytes.readDoubleBE(this.#skip(8)));
      case format.UINT8:
        return this.#unsigned(1);
      case format.UINT16:
        return this.#unsigned(2);
      case format.UINT32:
        return this.#unsigned(4);
      case format.UINT64:
        return plainInteger(this.#bytes.readBigUInt64BE(this.#skip(8)));
      case format.INT8:
        return this.#bytes.readInt8(this.#skip(1));
      case format.INT16:
        return this.#bytes.readInt16BE(this.#skip(2));
      case format.INT32:
        return this.#bytes.readInt32BE(this.#skip(4));
      case format.INT64:
        return plainInteger(this.#bytes.readBigInt64BE(this.#skip(8)));
      case format.STR8:
        return this.#text(this.#unsigned(1));
      case format.STR16:
        return this.#text(this.#unsigned(2));
      case format.STR32:
        return this.#text(this.#unsigned(4));
      case format.ARRAY16:
        return this.#array(this.#unsigned(2), depth);
      case format.ARRAY32:
        return this.#array(this.#unsigned(4), depth);
      case format.MAP16:
        return this.#map(this.#unsigned(2), depth);
      case format.MAP32:
        return this.#map(this.#unsigned(4), depth);
      default:
        // 0xc1 is not a format, and no peer sends extension types.
        throw wireErrors.msgpackSyntax("a plain value", `the byte 0x${first.toString(16)}`);
    }
  }

  #array(length: number, depth: number): MsgpackValue {
    this.#open(length, depth);
    const items: MsgpackValue[] = [];
    for (let i = 0; i < length; i += 1) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): MsgpackValue {
    this.#open(2 * length, depth);
    const map = new Map<string, MsgpackValue>();
    for (let i = 0; i < length; i += 1) {
      const key = this.#key(this.value(depth + 1));
      map.set(key, this.value(depth + 1));
    }
    return map;
  }

  /**
   * Python's library sends any keys, but accepts only text and bytes. Numbers become text, as in PB: a dictionary in a
   * step must not end the connection.
   */
  #key(key: MsgpackValue): string {
    if (typeof key === "string") return key;
    if (typeof key === "number" || typeof key === "bigint") return String(key);
    if (key instanceof Uint8Array && isUtf8(key)) return Buffer.from(key).toString("utf8");
    throw wireErrors.msgpackSyntax("text as the key of a map", "something else");
  }

  /** Checks the limits before an array or a map is read; each value takes at least one byte. */
  #open(elements: number, depth: number): void {
    const { depth: mostDepth, messageElements } = this.#limits;
    if (depth === mostDepth) throw wireErrors.msgpackLimit("a nesting of arrays and maps", depth + 1, mostDepth);
    this.#elements += elements;
    if (this.#elements > messageElements) {
      throw wireErrors.msgpackLimit("a message's element count", this.#elements, messageElements);
    }
    this.#require(elements);
  }

  #text(lengthBytes: number): string {
    const bytes = this.#binary(lengthBytes);
    if (!isUtf8(bytes)) throw wireErrors.msgpackSyntax("text in UTF-8", "other bytes");
    return bytes.toString("utf8");
  }

  #binary(lengthBytes: number): Buffer {
    const start = this.#skip(lengthBytes);
    return this.#bytes.subarray(start, this.#at);
  }

  #unsigned(lengthBytes: 1 | 2 | 4): number {
    return this.#bytes.readUIntBE(this.#skip(lengthBytes), lengthBytes);
  }

  /** Advances by so many bytes, which must be there; returns the position of the first. */
  #skip(lengthBytes: number): number {
    this.#require(lengthBytes);
    const start = this.#at;
    this.#at += lengthBytes;
    return start;
  }

  #require(lengthBytes: number): void {
    if (lengthBytes <= this.leftBytes) return;
    throw wireErrors.msgpackSyntax(`${lengthBytes} more bytes`, `a message that ends after ${this.leftBytes}`);
  }
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
