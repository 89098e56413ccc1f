// Bytes → elements, in any chunking. Knows the grammar and its limits; does not interpret elements.

import { Float } from "../../base/python-values.ts";
import { wireErrors } from "../errors.ts";
import {
  type Element,
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
import { StringBody } from "./string-body.ts";
import { type Dialect, vocabularyWord } from "./vocabulary.ts";

interface OpenList {
  readonly items: Element[];
  readonly length: number;
}

const FLOAT_BYTES = 8;
/** Seven base-128 digits are 49 bits, which a JavaScript number holds exactly. */
const DIGITS_OF_A_NUMBER = 7;

/**
 * A push decoder. `push` yields each complete top-level element. At an invalid byte it first delivers the elements
 * before it, then throws one WorkerError and ignores all later input. A string within one chunk is a view of it, not a
 * copy.
 */
export class BananaDecoder {
  /** May be changed between two elements, also while `push` is being consumed. */
  dialect: Dialect = "none";

  readonly #limits: BananaLimits;
  readonly #digits: Uint8Array;
  #digitCount = 0;
  #body: StringBody | undefined;
  readonly #open: OpenList[] = [];
  #messageBytes = 0;
  #messageElements = 0;
  #dead = false;

  constructor(limits: BananaLimits = bananaLimits) {
    this.#limits = limits;
    this.#digits = new Uint8Array(limits.prefixBytes);
  }

  *push(chunk: Uint8Array): Generator<Element, void, void> {
    let at = 0;
    while (at < chunk.length && !this.#dead) {
      let element: Element | undefined;
      try {
        if (this.#body !== undefined) {
          const taken = this.#body.take(chunk, at);
          at += taken;
          element = this.#finishBody();
        } else {
          const byte = chunk[at]!;
          at += 1;
          if (byte < 0x80) {
            this.#digit(byte);
            continue;
          }
          const body = this.#startElement(byte);
          if (typeof body === "number") {
            // The whole string has arrived: return a view.
            if (chunk.length - at >= body) {
              element = finish(byte, chunk.subarray(at, at + body));
              at += body;
            } else {
              this.#body = new StringBody(byte, body);
            }
          } else {
            element = body?.element;
          }
        }
        if (element !== undefined) element = this.#close(element);
      } catch (error) {
        this.#dead = true;
        throw error;
      }
      if (element !== undefined) {
        this.#messageBytes = 0;
        this.#messageElements = 0;
        yield element;
      }
    }
  }

  #digit(byte: number): void {
    if (this.#digitCount === this.#digits.length) {
      throw wireErrors.bananaLimit("an integer prefix", this.#digitCount + 1, this.#digits.length);
    }
    this.#digits[this.#digitCount] = byte;
    this.#digitCount += 1;
  }

  /**
   * Reads a type byte. Returns the number of payload bytes to come, a complete element, or undefined for an opened
   * list.
   */
  #startElement(type: number): number | { readonly element: Element } | undefined {
    const headerBytes = this.#digitCount + 1;
    this.#count(headerBytes);
    switch (type) {
      case TYPE_INT:
      case TYPE_LONGINT:
        return { element: this.#takeInteger(false) };
      case TYPE_NEG:
      case TYPE_LONGNEG:
        return { element: this.#takeInteger(true) };
      case TYPE_STRING: {
        const length = this.#takeSize("a string", this.#limits.stringBytes);
        this.#count(length);
        return length;
      }
      case TYPE_FLOAT:
        this.#digitCount = 0;
        this.#count(FLOAT_BYTES);
        return FLOAT_BYTES;
      case TYPE_VOCAB:
        return { element: this.#takeWord() };
      case TYPE_LIST:
        return this.#openList(this.#takeSize("a list", this.#limits.listItems));
      default:
        throw wireErrors.bananaSyntax("a banana type byte (0x80 to 0x87)", `0x${type.toString(16)}`);
    }
  }

  #openList(length: number): { readonly element: Element } | undefined {
    if (length === 0) return { element: [] };
    if (this.#open.length === this.#limits.depth) {
      throw wireErrors.bananaLimit("a nesting of lists", this.#open.length + 1, this.#limits.depth);
    }
    this.#messageElements += length;
    if (this.#messageElements > this.#limits.messageElements) {
      throw wireErrors.bananaLimit("a message's element count", this.#messageElements, this.#limits.messageElements);
    }
    // Each item takes at least one byte, so the declared length is a lower bound of the message's size.
    if (this.#messageBytes + length > this.#limits.messageBytes) {
      throw wireErrors.bananaLimit("a message", this.#messageBytes + length, this.#limits.messageBytes);
    }
    this.#open.push({ items: [], length });
    return undefined;
  }

  #finishBody(): Element | undefined {
    const body = this.#body!;
    if (!body.complete) return undefined;
    this.#body = undefined;
    return finish(body.type, body.bytes());
  }

  /** Adds a complete element to its list; returns the top-level element once it is complete. */
  #close(element: Element): Element | undefined {
    let closed = element;
    for (;;) {
      const list = this.#open.at(-1);
      if (list === undefined) return closed;
      list.items.push(closed);
      if (list.items.length < list.length) return undefined;
      this.#open.pop();
      closed = list.items;
    }
  }

  #count(bytes: number): void {
    this.#messageBytes += bytes;
    if (this.#messageBytes > this.#limits.messageBytes) {
      throw wireErrors.bananaLimit("a message", this.#messageBytes, this.#limits.messageBytes);
    }
  }

  #takeSize(what: string, limit: number): number {
    const size = Number(this.#takeInteger(false));
    if (size > limit) throw wireErrors.bananaLimit(what, size, limit);
    return size;
  }

  #takeWord(): Uint8Array {
    const index = Number(this.#takeInteger(false));
    const word = this.dialect === "pb" ? vocabularyWord(index) : undefined;
    if (word === undefined) {
      throw wireErrors.bananaSyntax(`a vocabulary index of dialect ${this.dialect}`, String(index));
    }
    return word;
  }

  #takeInteger(negative: boolean): number | bigint {
    const count = this.#digitCount;
    this.#digitCount = 0;
    if (count <= DIGITS_OF_A_NUMBER) {
      let value = 0;
      for (let i = count - 1; i >= 0; i -= 1) value = value * 128 + this.#digits[i]!;
      return negative && value !== 0 ? -value : value;
    }
    let value = 0n;
    for (let i = count - 1; i >= 0; i -= 1) value = (value << 7n) | BigInt(this.#digits[i]!);
    if (negative) value = -value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}

function finish(type: number, payload: Uint8Array): Element {
  if (type === TYPE_STRING) return payload;
  return new Float(new DataView(payload.buffer, payload.byteOffset, FLOAT_BYTES).getFloat64(0));
}
