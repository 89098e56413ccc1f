// The methods of Python's str (and bytes) that settings use. Facts from the library reference, "String Methods".
import { braceFormatted } from "./format.ts";
import { type Invocation, intArgument, itemsArgument, plainArguments, textArgument } from "./known-function.ts";
import { bool, ITEMS_LIMIT, int, NONE, sequence, TEXT_LIMIT_CHARS, type TextValue, text, type Value } from "./value.ts";

type TextMethod = (target: string, call: Invocation) => Value;

/** What `str.isspace` and `str.split` take for space, and what ends a line for `str.splitlines`. */
const SPACES = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const LINE_ENDS = String.raw`\n\r\v\f\x1c-\x1e\x85\u2028\u2029`;
const SPACE = new RegExp(`[${SPACES}]`);
const WORDS = new RegExp(`[^${SPACES}]+`, "g");
const LINE = new RegExp(`[^${LINE_ENDS}]*(?:\r\n|[${LINE_ENDS}])|[^${LINE_ENDS}]+$`, "g");
const LINE_END = new RegExp(`(?:\r\n|[${LINE_ENDS}])$`);

/** `target.name(…)`, or undefined when this is no method that is known here. What bytes give is bytes. */
export function callTextMethod(target: TextValue, name: string, call: Invocation): Value | undefined {
  if (name === "encode" || name === "decode") return recoded(target, name === "encode", call);
  const method = methods.get(name);
  if (method === undefined || target.bytes !== true) return method?.(target.value, call);
  if (!/^(?:strip|lstrip|rstrip|split|lower|upper|replace|startswith|endswith)$/.test(name)) return undefined;
  return asBytes(method(target.value, call));
}

function asBytes(value: Value): Value {
  if (value.kind === "sequence") return sequence(value.type, value.items.map(asBytes));
  return value.kind === "text" ? { ...value, bytes: true } : value;
}

const methods: ReadonlyMap<string, TextMethod> = new Map<string, TextMethod>([
  ["strip", (target, call) => stripped(target, call, true, true)],
  ["lstrip", (target, call) => stripped(target, call, true, false)],
  ["rstrip", (target, call) => stripped(target, call, false, true)],
  ["lower", recased((target) => target.toLowerCase())],
  ["upper", recased((target) => target.toUpperCase())],
  ["title", recased((target) => target.replaceAll(/\p{L}+/gu, capitalized))],
  ["capitalize", recased(capitalized)],
  ["isdigit", (target, call) => (plainArguments(call, 0, 0), bool(/^\d+$/.test(target)))],
  ["isspace", (target, call) => (plainArguments(call, 0, 0), bool(target !== "" && target.search(WORDS) < 0))],
  ["split", (target, call) => split(target, call, false)],
  ["rsplit", (target, call) => split(target, call, true)],
  ["splitlines", splitLines],
  ["partition", (target, call) => parted(target, call, false)],
  ["rpartition", (target, call) => parted(target, call, true)],
  ["replace", replace],
  ["join", join],
  ["format", format],
  ["startswith", (target, call) => hasEnd(call, (part) => target.startsWith(part))],
  ["endswith", (target, call) => hasEnd(call, (part) => target.endsWith(part))],
  [
    "removeprefix",
    (target, call) => cut(call, (part) => (target.startsWith(part) ? target.slice(part.length) : target)),
  ],
  [
    "removesuffix",
    (target, call) =>
      cut(call, (part) => (part !== "" && target.endsWith(part) ? target.slice(0, -part.length) : target)),
  ],
  ["find", (target, call) => int(indexIn(target, target.indexOf(onlyText(call))))],
  ["rfind", (target, call) => int(indexIn(target, target.lastIndexOf(onlyText(call))))],
  ["index", (target, call) => found(call, indexIn(target, target.indexOf(onlyText(call))))],
  ["rindex", (target, call) => found(call, indexIn(target, target.lastIndexOf(onlyText(call))))],
  ["count", count],
  ["zfill", zeroFilled],
  ["ljust", (target, call) => justified(target, call, () => 0)],
  ["rjust", (target, call) => justified(target, call, (missing) => missing)],
]);

function onlyText(call: Invocation): string {
  return textArgument(call, plainArguments(call, 1, 1)[0]);
}

function recased(recase: (target: string) => string): TextMethod {
  return (target, call) => {
    plainArguments(call, 0, 0);
    return text(recase(target));
  };
}

function capitalized(word: string): string {
  const [first = "", ...rest] = Array.from(word);
  return first.toUpperCase() + rest.join("").toLowerCase();
}

function recoded(target: TextValue, toBytes: boolean, call: Invocation): Value {
  requireUtf8(call);
  if (toBytes === (target.bytes === true))
    call.raise("AttributeError", toBytes ? "bytes have no encode()" : "a text has no decode()");
  return text(target.value, toBytes);
}

/** Refuses any other encoding than UTF-8 or ASCII in a call that may name one. */
export function requireUtf8(call: Invocation): void {
  for (const [index, encoding] of [...call.positional, ...call.keywords.values()].entries()) {
    if (index === 0 && !/^(?:utf[-_]?8|ascii)$/i.test(textArgument(call, encoding)))
      call.refuseUnread("only the encoding utf-8 can be read");
  }
}

function stripped(target: string, call: Invocation, left: boolean, right: boolean): Value {
  const [given = NONE] = plainArguments(call, 0, 1);
  const characters = given.kind === "none" ? undefined : new Set(textArgument(call, given));
  const goes = (character: string): boolean =>
    characters === undefined ? SPACE.test(character) : characters.has(character);
  const points = Array.from(target);
  let from = 0;
  let to = points.length;
  if (left) while (from < to && goes(points[from]!)) from += 1;
  if (right) while (to > from && goes(points[to - 1]!)) to -= 1;
  return text(points.slice(from, to).join(""));
}

/** The arguments `sep` and `maxsplit`, in their places or by name. */
function split(target: string, call: Invocation, fromRight: boolean): Value {
  const [separator = call.keywords.get("sep") ?? NONE, most = call.keywords.get("maxsplit") ?? int(-1)] =
    call.positional;
  const limit = intArgument(call, most);
  const pieces =
    separator.kind === "none"
      ? words(target, limit, fromRight)
      : parts(target, nonEmpty(call, separator), limit, fromRight);
  return listed(call, pieces);
}

function nonEmpty(call: Invocation, separator: Value): string {
  return textArgument(call, separator) || call.raise("ValueError", "a text is split at an empty one");
}

function words(target: string, limit: number, fromRight: boolean): readonly string[] {
  const found = [...target.matchAll(WORDS)];
  if (limit < 0 || found.length <= limit) return found.map(([word]) => word);
  if (fromRight) {
    const kept = found.slice(found.length - limit);
    const rest = found[found.length - limit - 1]!;
    return [target.slice(0, rest.index + rest[0].length), ...kept.map(([word]) => word)];
  }
  return [...found.slice(0, limit).map(([word]) => word), target.slice(found[limit]!.index)];
}

function parts(target: string, separator: string, limit: number, fromRight: boolean): readonly string[] {
  const all = target.split(separator);
  if (limit < 0 || all.length <= limit + 1) return all;
  if (fromRight) return [all.slice(0, all.length - limit).join(separator), ...all.slice(all.length - limit)];
  return [...all.slice(0, limit), all.slice(limit).join(separator)];
}

function splitLines(target: string, call: Invocation): Value {
  const [keep = call.keywords.get("keepends")] = call.positional;
  const lines = target.match(LINE) ?? [];
  const keeps = keep !== undefined && keep.kind === "bool" && keep.value;
  return listed(call, keeps ? lines : lines.map((line) => line.replace(LINE_END, "")));
}

function listed(call: Invocation, pieces: readonly string[]): Value {
  if (pieces.length > ITEMS_LIMIT) call.refuse(`a text is split into more than ${ITEMS_LIMIT} parts`);
  return sequence(
    "list",
    pieces.map((piece) => text(piece)),
  );
}

function parted(target: string, call: Invocation, last: boolean): Value {
  const separator = nonEmpty(call, plainArguments(call, 1, 1)[0]!);
  const at = last ? target.lastIndexOf(separator) : target.indexOf(separator);
  const three =
    at < 0
      ? last
        ? ["", "", target]
        : [target, "", ""]
      : [target.slice(0, at), separator, target.slice(at + separator.length)];
  return sequence(
    "tuple",
    three.map((piece) => text(piece)),
  );
}

function replace(target: string, call: Invocation): Value {
  const [old, replacement, most = call.keywords.get("count") ?? int(-1)] = call.positional;
  const separator = textArgument(call, old);
  const by = textArgument(call, replacement);
  // JavaScript finds the empty text between the halves of a surrogate pair, too.
  const pieces = separator === "" ? ["", ...Array.from(target), ""] : target.split(separator);
  const limit = intArgument(call, most);
  const isWhole = limit < 0 || pieces.length <= limit + 1;
  requireRoom(call, target.length + Math.max(pieces.length - 1, 0) * by.length);
  if (isWhole) return text(pieces.join(by));
  return text([...pieces.slice(0, limit), pieces.slice(limit).join(separator)].join(by));
}

function join(target: string, call: Invocation): Value {
  const pieces = itemsArgument(call, plainArguments(call, 1, 1)[0]).map((item) => textArgument(call, item));
  requireRoom(
    call,
    pieces.reduce((length, piece) => length + piece.length + target.length, 0),
  );
  return text(pieces.join(target));
}

/** A text that is too long is refused before it is made. */
function requireRoom(call: Invocation, length: number): void {
  if (length > 2 * TEXT_LIMIT_CHARS) call.refuse("a value here is too long for a setting");
}

function format(target: string, call: Invocation): Value {
  const result = braceFormatted(target, call.positional, call.keywords);
  return result === undefined ? call.refuseUnread("this call of format() cannot be read") : text(result);
}

function hasEnd(call: Invocation, test: (part: string) => boolean): Value {
  const [wanted] = plainArguments(call, 1, 1);
  const parts = wanted?.kind === "sequence" ? wanted.items : [wanted];
  return bool(parts.some((part) => test(textArgument(call, part))));
}

function cut(call: Invocation, change: (part: string) => string): Value {
  return text(change(onlyText(call)));
}

/** The index that Python counts, in characters. */
function indexIn(target: string, at: number): number {
  return at < 0 ? -1 : Array.from(target.slice(0, at)).length;
}

function found(call: Invocation, index: number): Value {
  return index < 0 ? call.raise("ValueError", "a text does not hold the other one that is looked for") : int(index);
}

function count(target: string, call: Invocation): Value {
  const wanted = onlyText(call);
  return int(wanted === "" ? Array.from(target).length + 1 : target.split(wanted).length - 1);
}

function zeroFilled(target: string, call: Invocation): Value {
  const width = intArgument(call, plainArguments(call, 1, 1)[0]);
  const [, sign = "", rest = ""] = /^([+-]?)([\s\S]*)$/.exec(target)!;
  return text(sign + filling(target, width, "0", call) + rest);
}

function justified(target: string, call: Invocation, left: (missing: number) => number): Value {
  const [width, fill = text(" ")] = plainArguments(call, 1, 2);
  const all = filling(target, intArgument(call, width), textArgument(call, fill), call);
  const cut = left(all.length);
  return text(all.slice(0, cut) + target + all.slice(cut));
}

function filling(target: string, width: number, fill: string, call: Invocation): string {
  if (width > TEXT_LIMIT_CHARS) call.refuse("a value here is too long for a setting");
  if (Array.from(fill).length !== 1) call.raise("TypeError", "a text is filled up with more than one character");
  return fill.repeat(Math.max(width - Array.from(target).length, 0));
}
