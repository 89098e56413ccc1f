// The methods of Python's str and bytes for settings. Facts from the library reference, "String Methods".
import { braceFormatted } from "./format.ts";
import {
  type CallResult,
  INT,
  type Invocation,
  ITEMS,
  type KnownFunctions,
  mayHave,
  TEXT,
  takes,
  textArgument,
  VALUE,
} from "./known-function.ts";
import { isSequence, TEXT_LIMIT_CHARS, text, tupleOf, type Value } from "./value.ts";

/** White space for `str.split`, and line ends for `str.splitlines`. */
const SPACES = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const SPACE = new RegExp(`[${SPACES}]`);
const WORDS = new RegExp(`[^${SPACES}]+`, "g");
const LINE_ENDS = String.raw`\n\r\v\f\x1c-\x1e\x85\u2028\u2029`;
const LINE_END = new RegExp(`\r\n|[${LINE_ENDS}]`);

const CHARACTERS = mayHave(VALUE);
const SEPARATOR = mayHave(VALUE, "sep");
const MOST = mayHave(INT, "maxsplit");
const ENCODING = mayHave(TEXT, "encoding");
const BYTES = {
  read: (call: Invocation, value: Value) => (value.kind === "bytes" ? value : call.refuseUnread("bytes are expected")),
};

export const textMethods: KnownFunctions = {
  "text.strip": takes([TEXT, CHARACTERS], (call, target, set) => stripped(call, target, set, "both")),
  "text.lstrip": takes([TEXT, CHARACTERS], (call, target, set) => stripped(call, target, set, "left")),
  "text.rstrip": takes([TEXT, CHARACTERS], (call, target, set) => stripped(call, target, set, "right")),
  "bytes.strip": takes([BYTES], (call, target) => ({
    ...target,
    value: stripped(call, target.value, undefined, "both"),
  })),
  "bytes.rstrip": takes([BYTES], (call, target) => ({
    ...target,
    value: stripped(call, target.value, undefined, "right"),
  })),
  "text.lower": takes([TEXT], (_, target) => target.toLowerCase()),
  "text.upper": takes([TEXT], (_, target) => target.toUpperCase()),
  "text.split": takes([TEXT, SEPARATOR, MOST], (call, target, by, most = -1) =>
    split(call, target, { by, most, last: false }),
  ),
  "text.rsplit": takes([TEXT, SEPARATOR, MOST], (call, target, by, most = -1) =>
    split(call, target, { by, most, last: true }),
  ),
  "text.splitlines": takes([TEXT], (_, target) => linesOf(target)),
  "text.partition": takes([TEXT, TEXT], parted),
  "text.replace": takes([TEXT, TEXT, TEXT, mayHave(INT, "count")], replaced),
  "text.join": takes([TEXT, ITEMS], joined),
  "text.format": ({ positional: [target, ...values], keywords }) => braceFormatted(target!, values, keywords),
  "text.startswith": takes([TEXT, VALUE], (call, target, ends) => oneOf(call, ends, (end) => target.startsWith(end))),
  "text.endswith": takes([TEXT, VALUE], (call, target, ends) => oneOf(call, ends, (end) => target.endsWith(end))),
  "text.find": takes([TEXT, TEXT], (_, target, part) => characterIndex(target, target.indexOf(part))),
  "text.count": takes([TEXT, TEXT], (_, target, part) => (part === "" ? undefined : target.split(part).length - 1)),
  "text.isdigit": takes([TEXT], (_, target) => /^\d+$/.test(target)),
  "text.zfill": takes([TEXT, INT], (_, target, width) =>
    width > 1000 || /^[+-]/.test(target)
      ? undefined
      : "0".repeat(Math.max(width - Array.from(target).length, 0)) + target,
  ),
  "text.encode": takes([TEXT, ENCODING], (call, value, encoding) => inUtf8(call, encoding, { kind: "bytes", value })),
  "bytes.decode": takes([BYTES, ENCODING], (call, { value }, encoding) => inUtf8(call, encoding, text(value))),
};

/** Throws a usage error for any encoding except UTF-8 and ASCII. */
export function inUtf8(call: Invocation, encoding: string | undefined, value: Value): Value {
  return /^(?:utf[-_]?8|ascii)$/i.test(encoding ?? "utf-8")
    ? value
    : call.refuseUnread("only the encoding utf-8 is supported");
}

function stripped(call: Invocation, target: string, given: Value | undefined, side: "left" | "right" | "both"): string {
  const set = given === undefined || given.kind === "none" ? undefined : new Set(textArgument(call, given));
  const stays = (character: string) => !(set === undefined ? SPACE.test(character) : set.has(character));
  const points = Array.from(target);
  const from = side === "right" ? 0 : points.findIndex(stays);
  const to = side === "left" ? points.length : points.findLastIndex(stays) + 1;
  return from < 0 ? "" : points.slice(from, to).join("");
}

interface Splitting {
  readonly by: Value | undefined;
  readonly most: number;
  readonly last: boolean;
}

function split(call: Invocation, target: string, { by, most, last }: Splitting): readonly string[] {
  if (by === undefined || by.kind === "none") return words(target, most, last);
  const separator = notEmpty(call, textArgument(call, by));
  const all = target.split(separator);
  if (most < 0 || all.length <= most + 1) return all;
  const cut = all.length - most;
  return last
    ? [all.slice(0, cut).join(separator), ...all.slice(cut)]
    : [...all.slice(0, most), all.slice(most).join(separator)];
}

function notEmpty(call: Invocation, separator: string): string {
  return separator || call.raise("ValueError", "the separator is empty");
}

function words(target: string, most: number, last: boolean): readonly string[] {
  const found = [...target.matchAll(WORDS)];
  const all = found.map(([word]) => word);
  if (most < 0 || all.length <= most) return all;
  if (!last) return [...all.slice(0, most), target.slice(found[most]!.index)];
  const rest = found[all.length - most - 1]!;
  return [target.slice(0, rest.index + rest[0].length), ...all.slice(all.length - most)];
}

function linesOf(target: string): readonly string[] {
  const lines = target.split(LINE_END);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function parted(call: Invocation, target: string, by: string): Value {
  const at = target.indexOf(notEmpty(call, by));
  return tupleOf((at < 0 ? [target, "", ""] : [target.slice(0, at), by, target.slice(at + by.length)]).map(text));
}

function replaced(call: Invocation, target: string, old: string, by: string, most = -1): CallResult {
  // JavaScript would split surrogate pairs at an empty string.
  const pieces = old === "" ? ["", ...Array.from(target), ""] : target.split(old);
  requireRoom(call, target.length + pieces.length * by.length);
  if (most < 0 || pieces.length <= most + 1) return pieces.join(by);
  return [...pieces.slice(0, most), pieces.slice(most).join(old)].join(by);
}

function joined(call: Invocation, target: string, items: readonly Value[]): string {
  const pieces = items.map((item) => textArgument(call, item));
  requireRoom(
    call,
    pieces.reduce((length, piece) => length + piece.length + target.length, 0),
  );
  return pieces.join(target);
}

/** Throws a usage error before a text beyond the limit is created. */
function requireRoom(call: Invocation, length: number): void {
  if (length > 2 * TEXT_LIMIT_CHARS) call.refuse("a value is too long for a setting");
}

function oneOf(call: Invocation, ends: Value, test: (end: string) => boolean): boolean {
  return (isSequence(ends) ? ends.items : [ends]).some((end) => test(textArgument(call, end)));
}

/** Python's index, in code points. */
function characterIndex(target: string, at: number): number {
  return at < 0 ? -1 : Array.from(target.slice(0, at)).length;
}
