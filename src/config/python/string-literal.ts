// Parses one Python string literal: prefix, quotes, escapes. Facts from the Python language reference, "String and Bytes
// literals".
import { isUtf8 } from "node:buffer";
import { refuse, type Source } from "./source.ts";

/** A part of a literal: text, or a field of a formatted string. */
export type LiteralPiece = string | Field;

export interface Field {
  /** Python source. */
  readonly expression: string;
  readonly line: number;
  /** The letter after `!`, or empty. */
  readonly conversion: string;
  readonly spec: readonly LiteralPiece[];
}

export interface StringLiteral {
  readonly pieces: readonly LiteralPiece[];
  /** Whether it was written as bytes, `b'…'`. */
  readonly bytes: boolean;
  /** Index after the closing quotes. */
  readonly end: number;
  /** Number of newlines inside the literal. */
  readonly newlines: number;
}

/** The start of a string literal: prefix and opening quotes. Sticky. */
const OPENING = /([A-Za-z]{0,2})('''|"""|'|")/y;

const PREFIX = /^(?:u|b|r|br|rb|f|fr|rf)?$/;

const CONVERSION = /![sra](?=[:}])|/y;

/** Depth limit of nested formatted strings and the specs of their fields. */
const FORMATTED_DEPTH_LIMIT = 3;
const TOO_DEEP = `formatted strings are nested more than ${FORMATTED_DEPTH_LIMIT} levels deep`;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The exact number of hexadecimal digits after the letter. */
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const LARGEST_CODE_POINT = 0x10_ffff;

interface Flavour {
  readonly raw: boolean;
  readonly bytes: boolean;
  readonly formatted: boolean;
  /** Of formatted strings around it. */
  depth: number;
}

/** The literal at `start`, or undefined if there is none. Bytes are decoded as UTF-8. */
export function readStringLiteral(source: Source, start: number, line: number, depth = 0): StringLiteral | undefined {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(source.text);
  if (opening === null) return undefined;
  const prefix = opening[1]!.toLowerCase();
  if (!PREFIX.test(prefix)) refuse(source, line, "the letters before a quote are not a string prefix");
  if (depth > FORMATTED_DEPTH_LIMIT) refuse(source, line, TOO_DEEP);
  const flavour = { raw: prefix.includes("r"), bytes: prefix.includes("b"), formatted: prefix.includes("f"), depth };
  return new LiteralReader(source, start + opening[0].length, line, flavour).read(opening[2]!);
}

class LiteralReader {
  readonly #source: Source;
  readonly #flavour: Flavour;
  #line: number;
  #at: number;

  constructor(source: Source, at: number, line: number, flavour: Flavour) {
    this.#source = source;
    this.#flavour = flavour;
    this.#at = at;
    this.#line = line;
  }

  read(quotes: string): StringLiteral {
    const line = this.#line;
    const pieces = this.#pieces(quotes);
    const { bytes } = this.#flavour;
    return {
      bytes,
      pieces: bytes
        ? pieces.map((piece) => (typeof piece === "string" ? decodeBytes(this.#source, piece, line) : piece))
        : pieces,
      end: this.#at + quotes.length,
      newlines: this.#line - line,
    };
  }

  /** Reads up to `end`, without it: the closing quotes, or the brace that closes a field. */
  #pieces(end: string): readonly LiteralPiece[] {
    const { text } = this.#source;
    const line = this.#line;
    const pieces: LiteralPiece[] = [];
    let plain: string[] = [];
    while (!text.startsWith(end, this.#at)) {
      const character = text[this.#at];
      if (character === undefined || (character === "\n" && end.length === 1)) {
        refuse(this.#source, line, "a string that starts here has no closing quote");
      }
      if (this.#flavour.formatted && character === "{" && (text[this.#at + 1] !== "{" || end === "}")) {
        pieces.push(plain.join(""), this.#field());
        plain = [];
      } else {
        plain.push(this.#character(character));
      }
    }
    return [...pieces, plain.join("")];
  }

  #character(character: string): string {
    if (this.#flavour.bytes && character > "\x7f") this.#refuse("bytes (b'…') can only contain ASCII characters");
    if (this.#flavour.formatted && (character === "{" || character === "}")) {
      if (this.#source.text[this.#at + 1] !== character) this.#refuse("a single '}' in a formatted string: double it");
      this.#at += 2;
      return character;
    }
    const piece = character === "\\" ? readEscape(this.#source, this.#at, this.#flavour, this.#line) : undefined;
    this.#advance(piece?.end ?? this.#at + 1);
    return piece?.text ?? character;
  }

  /** `{expression!r:spec}` of a formatted string. */
  #field(): Field {
    const { text } = this.#source;
    const { depth } = this.#flavour;
    const line = this.#line;
    const from = this.#at + 1;
    this.#advance(from);
    this.#skipExpression();
    const expression = text.slice(from, this.#at);
    if (expression.trim() === "") this.#refuse("a formatted string has empty braces");
    CONVERSION.lastIndex = this.#at;
    const conversion = CONVERSION.exec(text)?.[0] ?? "";
    this.#at += conversion.length;
    let spec: readonly LiteralPiece[] = [];
    if (text[this.#at] === ":") {
      if (depth >= FORMATTED_DEPTH_LIMIT) this.#refuse(TOO_DEEP);
      this.#at += 1;
      this.#flavour.depth += 1;
      spec = this.#pieces("}");
      this.#flavour.depth = depth;
    }
    if (text[this.#at] !== "}") this.#refuse("a brace of a formatted string is not closed");
    this.#at += 1;
    return { expression, line, conversion: conversion.slice(1), spec };
  }

  #skipExpression(): void {
    const { text } = this.#source;
    const open: string[] = [];
    for (;;) {
      const character = text[this.#at];
      if (character === undefined) this.#refuse("a brace of a formatted string is not closed");
      const isEnd = "}:".includes(character) || (character === "!" && text[this.#at + 1] !== "=");
      if (open.length === 0 && isEnd) return;
      const isQuote = character === "'" || character === '"';
      const literal = isQuote
        ? readStringLiteral(this.#source, this.#at, this.#line, this.#flavour.depth + 1)
        : undefined;
      if ("([{".includes(character)) open.push(character);
      if (")]}".includes(character) && open.pop() === undefined)
        this.#refuse("a closing bracket has no opening bracket");
      this.#advance(literal?.end ?? this.#at + 1);
    }
  }

  #advance(to: number): void {
    for (; this.#at < to; this.#at += 1) if (this.#source.text[this.#at] === "\n") this.#line += 1;
  }

  #refuse(reason: string): never {
    refuse(this.#source, this.#line, reason);
  }
}

function readEscape(source: Source, at: number, flavour: Flavour, line: number): { text: string; end: number } {
  const { text } = source;
  const letter = text[at + 1];
  if (letter === undefined) refuse(source, line, "a backslash ends the file");
  if (flavour.raw) return { text: text.slice(at, at + 2), end: at + 2 };
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    const code = Number.parseInt(octal, 8);
    return { text: String.fromCodePoint(flavour.bytes ? code & 0xff : code), end: at + 1 + octal.length };
  }
  const digits = HEX_ESCAPES[letter];
  if (digits !== undefined && !(flavour.bytes && letter !== "x")) return readHexEscape(source, at, digits, line);
  if (letter === "N" && !flavour.bytes)
    refuse(source, line, String.raw`write \u or \U instead of a character's name (\N)`);
  // Python keeps the backslash of an unknown escape.
  return { text: text.slice(at, at + 2), end: at + 2 };
}

function readHexEscape(source: Source, at: number, digits: number, line: number): { text: string; end: number } {
  const end = at + 2 + digits;
  const hex = source.text.slice(at + 2, end);
  const code = /^[\da-f]+$/i.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
  if (!(code <= LARGEST_CODE_POINT)) {
    refuse(source, line, `a \\${source.text[at + 1]} in a string needs ${digits} hexadecimal digits`);
  }
  return { text: String.fromCodePoint(code), end };
}

function decodeBytes(source: Source, latin1: string, line: number): string {
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) refuse(source, line, "bytes (b'…') must be UTF-8");
  return bytes.toString("utf8");
}
