// The values that expressions of a buildbot.tac can have, and what Python says of them. Knows no syntax and no setting.
import { pythonRepr } from "../../base/python-repr.ts";
import { Float, Tuple } from "../../base/python-values.ts";

export type Value = Origin &
  (
    | { readonly kind: "none" }
    | { readonly kind: "bool"; readonly value: boolean }
    | { readonly kind: "int" | "float"; readonly value: number }
    // Bytes are kept as the text that they are in UTF-8: no setting of a worker is anything else.
    | { readonly kind: "text" | "bytes" | "path"; readonly value: string }
    | SequenceValue
    | DictValue
    | FileValue
    | { readonly kind: "exception"; readonly type: string; readonly words: string }
    | { readonly kind: "method"; readonly target: Value; readonly name: string }
    | ObjectValue
  );

/** Where a value comes from. */
interface Origin {
  /** The line that it was computed in last; a name only stands for its value. */
  readonly line?: number;
  /** The environment variables that it was made from. A container has none: its items have theirs. */
  readonly variables?: ReadonlySet<string>;
}

/** Copies of it share its items, as names in Python share a list. A view can only be iterated: a set, `zip(…)`. */
export interface SequenceValue {
  readonly kind: "list" | "tuple" | "view";
  readonly items: Value[];
  /** Names of the items, of a named tuple. */
  readonly fields?: readonly string[];
}

export interface DictValue {
  readonly kind: "dict";
  /** By what `keyOf` makes of the keys. */
  readonly entries: Map<string, readonly [key: Value, value: Value]>;
  /** It is `os.environ`. */
  readonly isEnvironment?: true;
}

/** An open file. Copies of it share the place that is read next. */
export interface FileValue {
  readonly kind: "file";
  readonly content: Value & { kind: "text" | "bytes" };
  readonly place: { at: number };
}

/** Something only Python has: known by the dotted name it was reached by, `()` standing for a call. */
export interface ObjectValue {
  readonly kind: "object";
  readonly path: string;
  /** Given by a known function to what it returns, and carried on by everything made from that. */
  readonly mark: string | undefined;
}

export const NONE: Value = { kind: "none" };

/** Most characters of a text while a file is evaluated; no setting comes near. */
export const TEXT_LIMIT_CHARS = 65_536;

/** Most items of a container. */
export const ITEMS_LIMIT = 10_000;

/** How many values, and how deep inside each other, are shown as one text. */
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

/** The mark of the first value that carries one: observers are handed on, in lists too. */
export function firstMark(values: readonly Value[], depth = 0): string | undefined {
  for (const value of values.slice(0, 100)) {
    const inner = isSequence(value) && depth < 2 ? firstMark(value.items, depth + 1) : undefined;
    const mark = value.kind === "object" ? value.mark : inner;
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** The environment variables that these values, and all inside them, were made from. */
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
 * The value, made from those environment variables too; so are the items of a new container. Of a file's path only a whole
 * one counts: `…_FILE`.
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
  text: "a text",
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

/** What a value is, for a sentence; never the value itself, which may be a password. */
export function describeValue(value: Value): string {
  if (value.kind === "bool") return value.value ? "True" : "False";
  return value.kind === "object" ? `${value.path}, which only Python can compute` : KINDS[value.kind];
}

/** Python's truth of a value; undefined where only Python can tell. */
export function truth(value: Value): boolean | undefined {
  if (value.kind === "none") return false;
  if (value.kind === "text" || value.kind === "bytes") return value.value !== "";
  const size = sizeOf(value) ?? numeric(value);
  return size === undefined ? (value.kind === "path" || value.kind === "exception" ? true : undefined) : size !== 0;
}

/** How many items a container has. */
export function sizeOf(value: Value): number | undefined {
  return isSequence(value) ? value.items.length : value.kind === "dict" ? value.entries.size : undefined;
}

/** The number a value counts as in Python's arithmetic and comparisons, where True is 1. */
export function numeric(value: Value): number | undefined {
  return value.kind === "int" || value.kind === "float" || value.kind === "bool" ? Number(value.value) : undefined;
}

/** What a dict knows a key by; undefined for what can be none, or only Python can tell. */
export function keyOf(value: Value): string | undefined {
  const number = numeric(value);
  if (number !== undefined || value.kind === "none") return `number ${number}`;
  return "value" in value ? `${value.kind} ${value.value}` : undefined;
}

/** What iterating over the value gives; undefined where Python has nothing, or only Python can tell. */
export function iterated(value: Value): Value[] | undefined {
  if (isSequence(value)) return value.items;
  if (value.kind === "dict") return [...value.entries.values()].map(([key]) => key);
  if (value.kind === "file") return linesLeft(value);
  return value.kind === "text"
    ? Array.from(value.value, (each) => tracedTo(variablesOf([value]), text(each)))
    : undefined;
}

/** The lines that are left of a file, each with its end. */
function linesLeft(file: Value & FileValue): Value[] {
  const lines = file.content.value.slice(file.place.at).split(/(?<=\n)/);
  file.place.at = file.content.value.length;
  return lines.filter(Boolean).map((line) => tracedTo(variablesOf([file]), { ...file.content, value: line }));
}

/** `str(value)`; undefined where only Python knows. */
export function pythonText(value: Value): string | undefined {
  if (value.kind === "text" || value.kind === "path") return value.value;
  return value.kind === "exception" ? value.words : pythonForm(value);
}

/** `repr(value)`; undefined where only Python knows. */
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
