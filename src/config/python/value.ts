// The values of expressions in a buildbot.tac, and their properties in Python.
import { pythonRepr } from "../../base/python-repr.ts";
import { Float, Tuple } from "../../base/python-values.ts";

export type Value = Origin &
  (
    | { readonly kind: "none" }
    | { readonly kind: "bool"; readonly value: boolean }
    | { readonly kind: "int" | "float"; readonly value: number }
    // Bytes are stored as decoded UTF-8, because no setting has other bytes.
    | { readonly kind: "text" | "bytes" | "path"; readonly value: string }
    | SequenceValue
    | DictValue
    | FileValue
    | { readonly kind: "exception"; readonly type: string; readonly words: string }
    | { readonly kind: "method"; readonly target: Value; readonly name: string }
    | ObjectValue
  );

/** The origin of a value. */
interface Origin {
  /** The line in which it was last computed. A name does not count. */
  readonly line?: number;
  /** The environment variables from which it was computed. A container has none; its items have their own. */
  readonly variables?: ReadonlySet<string>;
}

/** Copies share the items, as names in Python share a list. A view, such as a set or `zip(…)`, can only be iterated. */
export interface SequenceValue {
  readonly kind: "list" | "tuple" | "view";
  readonly items: Value[];
  /** The item names of a named tuple. */
  readonly fields?: readonly string[];
}

export interface DictValue {
  readonly kind: "dict";
  /** By `keyOf` of the key. */
  readonly entries: Map<string, readonly [key: Value, value: Value]>;
  /** It is `os.environ`. */
  readonly isEnvironment?: true;
}

/** An open file. Copies share the read position. */
export interface FileValue {
  readonly kind: "file";
  readonly content: Value & { kind: "text" | "bytes" };
  readonly place: { at: number };
}

/** An object that only Python has, identified by its dotted name, with `()` for a call. */
export interface ObjectValue {
  readonly kind: "object";
  readonly path: string;
  /** Set by a known function on its result, and inherited by everything computed from that. */
  readonly mark: string | undefined;
}

export const NONE: Value = { kind: "none" };

/** Length limit of a string during evaluation. Settings are much shorter. */
export const TEXT_LIMIT_CHARS = 65_536;

/** Limit of the items of a container. */
export const ITEMS_LIMIT = 10_000;

/** Limits of values and their nesting in one string. */
const SHOWN = { items: 1000, depth: 20 } as const;

export function text(value: string): Value {
  return { kind: "text", value };
}

export function object(path: string, mark?: string): ObjectValue {
  return { kind: "object", path, mark };
}

export function sequence(kind: SequenceValue["kind"], items: Value[]): Value & SequenceValue {
  return { kind, items };
}

export const listOf = (items: Value[]) => sequence("list", items);
export const tupleOf = (items: Value[]) => sequence("tuple", items);
export const viewOf = (items: Value[]) => sequence("view", items);

export function dict(entries: Iterable<readonly [string, readonly [Value, Value]]> = []): Value & DictValue {
  return { kind: "dict", entries: new Map(entries) };
}

export function isSequence(value: Value): value is Value & SequenceValue {
  return "items" in value;
}

/** The mark of the first value that has one. Observers may be passed on in lists. */
export function firstMark(values: readonly Value[], depth = 0): string | undefined {
  for (const value of values.slice(0, 100)) {
    const inner = isSequence(value) && depth < 2 ? firstMark(value.items, depth + 1) : undefined;
    const mark = value.kind === "object" ? value.mark : inner;
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** The environment variables from which these values and their items were computed. */
export function variablesOf(values: readonly Value[]): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<object>();
  const waiting = [...values];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    for (const name of value.variables ?? []) found.add(name);
    const inside = isSequence(value) ? value.items : value.kind === "dict" ? value.entries : undefined;
    if (inside === undefined || seen.has(inside)) continue;
    seen.add(inside);
    waiting.push(...(Array.isArray(inside) ? inside : [...inside.values()].flat()));
  }
  return found;
}

/**
 * Adds environment variables as origin to the value, or to the items of a new container. For a file only variables with its
 * whole path count: `…_FILE`.
 */
export function tracedTo(variables: ReadonlySet<string>, value: Value): Value {
  if (variables.size === 0) return value;
  const waiting: Value[] = [];
  const seen = new Set<object>();
  const traced = (each: Value): Value => {
    const inside = isSequence(each) ? each.items : each.kind === "dict" ? each.entries : undefined;
    if (inside !== undefined && !seen.has(inside)) waiting.push(each);
    if (inside !== undefined) seen.add(inside);
    if (inside !== undefined || each.kind === "none" || each.kind === "bool" || each.kind === "object") return each;
    const all = [...(each.variables ?? []), ...variables];
    return { ...each, variables: new Set(each.kind === "file" ? all.filter((name) => name.endsWith("_FILE")) : all) };
  };
  const result = traced(value);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isSequence(next)) for (const [index, item] of next.items.entries()) next.items[index] = traced(item);
    if (next.kind === "dict")
      for (const [name, [key, item]] of next.entries) next.entries.set(name, [key, traced(item)]);
  }
  return result;
}

const KINDS = {
  none: "None",
  int: "an integer",
  float: "a number with a fraction",
  text: "a string",
  bytes: "bytes",
  path: "a Path",
  list: "a list",
  tuple: "a tuple",
  view: "a set or view",
  dict: "a dict",
  file: "an open file",
  exception: "an exception",
  method: "a method that is not called",
} as const;

/** Describes a value for a message, without the value itself, which may be a password. */
export function describeValue(value: Value): string {
  if (value.kind === "bool") return value.value ? "True" : "False";
  return value.kind === "object" ? `${value.path}, which only Python can compute` : KINDS[value.kind];
}

/** The value as a boolean in Python; undefined if it requires Python. */
export function truth(value: Value): boolean | undefined {
  if (value.kind === "none") return false;
  if (value.kind === "text" || value.kind === "bytes") return value.value !== "";
  const size = sizeOf(value) ?? numeric(value);
  return size === undefined ? (value.kind === "path" || value.kind === "exception" ? true : undefined) : size !== 0;
}

/** The number of items of a container. */
export function sizeOf(value: Value): number | undefined {
  return isSequence(value) ? value.items.length : value.kind === "dict" ? value.entries.size : undefined;
}

/** The number of a value in Python's arithmetic and comparisons, where True is 1. */
export function numeric(value: Value): number | undefined {
  return value.kind === "int" || value.kind === "float" || value.kind === "bool" ? Number(value.value) : undefined;
}

/** Identifies a key of a dict; undefined if it cannot be a key, or requires Python. */
export function keyOf(value: Value): string | undefined {
  const number = numeric(value);
  if (number !== undefined || value.kind === "none") return `number ${number}`;
  return "value" in value ? `${value.kind} ${value.value}` : undefined;
}

/** The items for iteration; undefined if the value cannot be iterated, or requires Python. */
export function iterated(value: Value): Value[] | undefined {
  if (isSequence(value)) return value.items;
  if (value.kind === "dict") return [...value.entries.values()].map(([key]) => key);
  if (value.kind === "file") return linesLeft(value);
  return value.kind === "text"
    ? Array.from(value.value, (each) => tracedTo(variablesOf([value]), text(each)))
    : undefined;
}

/** The remaining lines of a file, each with its newline. */
function linesLeft(file: Value & FileValue): Value[] {
  const lines = file.content.value.slice(file.place.at).split(/(?<=\n)/);
  file.place.at = file.content.value.length;
  return lines.filter(Boolean).map((line) => tracedTo(variablesOf([file]), { ...file.content, value: line }));
}

/** `str(value)`; undefined if it requires Python. */
export function pythonText(value: Value): string | undefined {
  if (value.kind === "text" || value.kind === "path") return value.value;
  return value.kind === "exception" ? value.words : pythonForm(value);
}

/** `repr(value)`; undefined if it requires Python. */
export function pythonForm(value: Value): string | undefined {
  let left: number = SHOWN.items;
  const plain = (each: Value, depth: number): unknown => {
    left -= 1;
    if (left < 0 || depth > SHOWN.depth) return UNKNOWN;
    if (each.kind === "none") return null;
    if (each.kind === "float") return new Float(each.value);
    if (each.kind === "bool" || each.kind === "int" || each.kind === "text") return each.value;
    if (each.kind === "list" || each.kind === "tuple") {
      const items = each.items.map((item) => plain(item, depth + 1));
      return items.includes(UNKNOWN) ? UNKNOWN : each.kind === "list" ? items : new Tuple(items);
    }
    return UNKNOWN;
  };
  const found = plain(value, 0);
  return found === UNKNOWN ? undefined : pythonRepr(found);
}

const UNKNOWN = Symbol("only Python knows");
