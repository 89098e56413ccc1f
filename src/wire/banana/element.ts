// The data model of banana: integers, floats, byte strings and lists of these; no text, no booleans, no null.
import type { Float } from "../../base/python-values.ts";

/** A decoded element. An integer beyond 2^53 is a bigint, every smaller one a number. */
export type Element = number | bigint | Float | Uint8Array | readonly Element[];

/** `Array.isArray` for a readonly array. */
export function isList(element: Element | undefined): element is readonly Element[] {
  return Array.isArray(element);
}

/** What the encoder takes: an element, or a string that stands for its UTF-8 bytes. */
export type Encodable = number | bigint | Float | Uint8Array | string | readonly Encodable[];

// Grammar: element = prefix* type payload?   prefix = base-128 digit, least significant first, high bit clear
export const TYPE_LIST = 0x80;
export const TYPE_INT = 0x81;
export const TYPE_STRING = 0x82;
export const TYPE_NEG = 0x83;
export const TYPE_FLOAT = 0x84;
export const TYPE_LONGINT = 0x85;
export const TYPE_LONGNEG = 0x86;
export const TYPE_VOCAB = 0x87;
