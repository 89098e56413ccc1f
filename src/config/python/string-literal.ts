// One Python string literal: prefix, quotes, escapes. Facts from the Python language reference, "String and Bytes
// literals". Knows nothing of what surrounds it.
import { isUtf8 } from "node:buffer";
import { refuse, type Source } from "./source.ts";

export interface StringLiteral {
  readonly text: string;
  /** Whether it was written as bytes, `b'…'`. */
  readonly bytes: boolean;
  /** Index behind the closing quotes. */
  readonly end: number;
  /** How many lines end inside the literal. */
  readonly newlines: number;
}

/** Where a string literal begins: its prefix and its opening quotes. Sticky. */
const OPENING = /([A-Za-z]{0,2})('''|"""|'|")/y;

const PLAIN_PREFIX = /^(?:u|b|r|br|rb)?$/i;

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

/** Exactly this many hexadecimal digits follow the letter. */
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const LARGEST_CODE_POINT = 0x10_ffff;

interface Flavour {
  readonly raw: boolean;
  readonly bytes: boolean;
}

/** The literal at `start`, or undefined when none begins there. Bytes become text by way of UTF-8. */
export function readStringLiteral(source: Source, start: number, line: number): StringLiteral | undefined {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(source.text);
  if (opening === null) return undefined;
  const prefix = opening[1]!.toLowerCase();
  if (/^(?:f|fr|rf|t|tr|rt)$/.test(prefix)) {
    refuse(source, line, "a formatted string (f'…') cannot be read without Python; join texts with + or %");
  }
  if (!PLAIN_PREFIX.test(prefix)) refuse(source, line, "a quote follows letters that are no string prefix");
  const flavour = { raw: prefix.includes("r"), bytes: prefix.includes("b") };
  return readBody(source, start + opening[0].length, opening[2]!, flavour, line);
}

function readBody(source: Source, from: number, quotes: string, flavour: Flavour, line: number): StringLiteral {
  const { text } = source;
  const parts: string[] = [];
  let newlines = 0;
  let at = from;
  while (!text.startsWith(quotes, at)) {
    const character = text[at];
    if (character === undefined || (character === "\n" && quotes.length === 1)) {
      refuse(source, line, "a text that begins here has no closing quote");
    }
    const piece =
      character === "\\" ? readEscape(source, at, flavour, line + newlines) : { text: character, end: at + 1 };
    if (flavour.bytes && character > "\x7f") refuse(source, line, "bytes (b'…') hold ASCII characters only");
    if (text.slice(at, piece.end).includes("\n")) newlines += 1;
    parts.push(piece.text);
    at = piece.end;
  }
  const joined = parts.join("");
  return {
    bytes: flavour.bytes,
    text: flavour.bytes ? decodeBytes(source, joined, line) : joined,
    end: at + quotes.length,
    newlines,
  };
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
  // Python keeps the backslash of an escape it does not know.
  return { text: text.slice(at, at + 2), end: at + 2 };
}

function readHexEscape(source: Source, at: number, digits: number, line: number): { text: string; end: number } {
  const end = at + 2 + digits;
  const hex = source.text.slice(at + 2, end);
  const code = /^[\da-f]+$/i.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
  if (!(code <= LARGEST_CODE_POINT)) {
    refuse(
      source,
      line,
      `a \\${source.text[at + 1]} in a text needs ${digits} hexadecimal digits of a character's number`,
    );
  }
  return { text: String.fromCodePoint(code), end };
}

function decodeBytes(source: Source, latin1: string, line: number): string {
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) refuse(source, line, "bytes (b'…') that are not UTF-8 are no setting of a worker");
  return bytes.toString("utf8");
}
