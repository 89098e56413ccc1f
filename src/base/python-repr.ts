// Formats values as Python's `repr` does. Buildbot's users read these forms in the headers of every step (` argv:`,
// ` watching logfiles`), and steps parse them. We never parse them ourselves.
import { isAscii } from "./ascii.ts";
import { Float, Tuple } from "./python-values.ts";

/** Values nested deeper are shown as `...`. */
const DEEPEST_LEVEL = 100;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** In bytes and ASCII: everything but printable ASCII. */
const SPECIAL_BYTES = /[^ -~]|[\\'"]/g;
/** In other text: control, format, surrogate, private and unassigned characters, and separators other than space. */
const SPECIAL_CHARACTERS = /(?! )[\p{C}\p{Z}\\'"]/gu;

/**
 * Python's `repr`: null is None, a Map is a dict, an array a list, a Uint8Array bytes; a whole number is an int,
 * another one a float, a Float always a float. Other values are shown as `<object>`.
 */
export function pythonRepr(value: unknown): string {
  return repr(value, 0);
}

/** Python's `str`: text as it is, everything else as `repr` writes it. */
export function pythonStr(value: unknown): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

function repr(value: unknown, level: number): string {
  if (level > DEEPEST_LEVEL) return "...";
  if (value === null || value === undefined) return "None";
  if (typeof value === "string") return quoted(value, isAscii(value) ? SPECIAL_BYTES : SPECIAL_CHARACTERS);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value).toString() : floatRepr(value);
  if (value instanceof Float) return floatRepr(value.value);
  if (value instanceof Uint8Array) return `b${quoted(Buffer.from(value).toString("latin1"), SPECIAL_BYTES)}`;
  if (value instanceof Tuple) return tupleRepr(value.items, level);
  if (Array.isArray(value)) return `[${listed(value, level)}]`;
  if (value instanceof Map) return `{${entries(value, level)}}`;
  return `<${typeof value}>`;
}

function listed(items: readonly unknown[], level: number): string {
  return items.map((item) => repr(item, level + 1)).join(", ");
}

function tupleRepr(items: readonly unknown[], level: number): string {
  return items.length === 1 ? `(${listed(items, level)},)` : `(${listed(items, level)})`;
}

function entries(dictionary: ReadonlyMap<unknown, unknown>, level: number): string {
  return [...dictionary].map(([key, value]) => `${repr(key, level + 1)}: ${repr(value, level + 1)}`).join(", ");
}

/** Python and JavaScript use the same shortest digits; Python uses exponents from 1e16 and below 1e-4. */
function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/(?<=e[+-])\d$/, (digit) => `0${digit}`);
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** In single quotes, unless the text has single and no double quotes. */
function quoted(text: string, special: RegExp): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replace(special, (character) => escaped(character, quote)) + quote;
}

function escaped(character: string, quote: string): string {
  if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
  return ESCAPES[character] ?? numericEscape(character.codePointAt(0)!);
}

function numericEscape(codePoint: number): string {
  const hex = codePoint.toString(16);
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return codePoint <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
