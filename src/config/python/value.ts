// The values that expressions of a buildbot.tac can have, and what Python says of them. Knows no syntax and no setting.
import { pythonRepr } from "../../base/python-repr.ts";
import { Float, Tuple } from "../../base/python-values.ts";

export type Value = Origin &
  (
    | { readonly kind: "none" }
    | { readonly kind: "bool"; readonly value: boolean }
    | { readonly kind: "int" | "float"; readonly value: number }
    | TextValue
    | { readonly kind: "path"; readonly value: string }
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

/** Bytes are kept as the text that they are in UTF-8: no setting of a worker is anything else. */
export interface TextValue {
  readonly kind: "text";
  readonly value: string;
  readonly bytes?: boolean;
}

/** Copies of it share its items, as names in Python share a list. */
export interface SequenceValue {
  readonly kind: "sequence";
  /** A `view` is what can only be iterated over: a set, `dict.keys()`, `zip(…)`. */
  readonly type: "list" | "tuple" | "view";
  readonly items: Value[];
  /** Names of the items, of a named tuple. */
  readonly fields?: readonly string[];
}

export interface DictValue {
  readonly kind: "dict";
  /** By what `keyOf` makes of the keys. */
  readonly entries: Map<string, DictEntry>;
  /** It is `os.environ`. */
  readonly isEnvironment?: true;
}

export interface DictEntry {
  readonly key: Value;
  readonly value: Value;
}

/** An open file. Copies of it share the place that is read next. */
export interface FileValue {
  readonly kind: "file";
  readonly text: string;
  readonly bytes: boolean;
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

/** Most items of a list, tuple or dict, and of all that lie inside each other where one value is made from them. */
export const ITEMS_LIMIT = 10_000;

/** How deep containers may lie inside each other where they are compared or shown. */
const NESTING_LIMIT = 50;

export function text(value: string, bytes = false): Value {
  return bytes ? { kind: "text", value, bytes } : { kind: "text", value };
}

export function int(value: number): Value {
  return { kind: "int", value };
}

export function bool(value: boolean): Value {
  return { kind: "bool", value };
}

export function object(path: string, mark?: string): ObjectValue {
  return { kind: "object", path, mark };
}

export function sequence(type: SequenceValue["type"], items: Value[]): Value {
  return { kind: "sequence", type, items };
}

/** The mark that a value carries, or the first of its items: observers are handed on in lists. */
export function markOf(value: Value, depth = 0): string | undefined {
  if (value.kind === "object") return value.mark;
  if (value.kind !== "sequence" || depth > 2) return undefined;
  return firstMark(value.items, depth + 1);
}

/** The mark of the first value that carries one. */
export function firstMark(values: readonly Value[], depth = 0): string | undefined {
  for (const value of values) {
    const mark = markOf(value, depth);
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** The environment variables that these values, and all inside them, were made from. */
export function variablesOf(values: Iterable<Value>): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<object>();
  const visit = (value: Value): void => {
    for (const name of value.variables ?? []) found.add(name);
    const inside = value.kind === "sequence" ? value.items : value.kind === "dict" ? value.entries : undefined;
    if (inside === undefined || seen.has(inside) || seen.size > ITEMS_LIMIT) return;
    seen.add(inside);
    waiting.push(...itemsOf(value));
  };
  const waiting = [...values];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) visit(next);
  return found;
}

function itemsOf(value: Value): readonly Value[] {
  if (value.kind === "sequence") return value.items;
  return value.kind === "dict" ? [...value.entries.values()].flatMap((entry) => [entry.key, entry.value]) : [];
}

/**
 * The value, made from those environment variables too; so are the items of a new container. Of a file's path only a whole
 * one counts: `…_FILE`.
 */
export function tracedTo(variables: ReadonlySet<string>, value: Value, depth = 0): Value {
  if (variables.size === 0 || depth > NESTING_LIMIT) return value;
  if (value.kind === "sequence") {
    for (const [index, item] of value.items.entries()) value.items[index] = tracedTo(variables, item, depth + 1);
    return value;
  }
  if (value.kind === "dict") {
    for (const [key, entry] of value.entries)
      value.entries.set(key, { ...entry, value: tracedTo(variables, entry.value, depth + 1) });
    return value;
  }
  if (value.kind === "none" || value.kind === "bool" || value.kind === "object") return value;
  const all = [...(value.variables ?? []), ...variables];
  return { ...value, variables: new Set(value.kind === "file" ? all.filter((name) => name.endsWith("_FILE")) : all) };
}

const KINDS = {
  none: "None",
  int: "an integer",
  float: "a number with a fraction",
  path: "a Path",
  dict: "a dict",
  file: "an open file",
  exception: "an exception",
  method: "a method that is not called",
} as const;

/** What a value is, for a sentence; never the value itself, which may be a password. */
export function describeValue(value: Value): string {
  if (value.kind === "bool") return value.value ? "True" : "False";
  if (value.kind === "text") return value.bytes ? "bytes" : "a text";
  if (value.kind === "sequence") return value.type === "view" ? "a set or view" : `a ${value.type}`;
  return value.kind === "object" ? `${value.path}, which only Python can compute` : KINDS[value.kind];
}

/** Python's truth of a value; undefined where only Python can tell. */
export function truth(value: Value): boolean | undefined {
  if (value.kind === "none") return false;
  if (value.kind === "text") return value.value !== "";
  if (value.kind === "path" || value.kind === "exception") return true;
  const size = sizeOf(value) ?? numeric(value);
  return size === undefined ? undefined : size !== 0;
}

/** How many items a container has. */
export function sizeOf(value: Value): number | undefined {
  if (value.kind === "sequence") return value.items.length;
  return value.kind === "dict" ? value.entries.size : undefined;
}

/** The number a value counts as in Python's arithmetic and comparisons, where True is 1. */
export function numeric(value: Value): number | undefined {
  if (value.kind === "int" || value.kind === "float") return value.value;
  return value.kind === "bool" ? Number(value.value) : undefined;
}

/** What a dict knows a key by; undefined for what can be none, or only Python can tell. */
export function keyOf(value: Value): string | undefined {
  const number = numeric(value);
  if (number !== undefined) return `number ${number}`;
  if (value.kind === "none") return "None";
  if (value.kind === "text" || value.kind === "path") return `${describeValue(value)} ${value.value}`;
  if (value.kind !== "sequence" || value.type !== "tuple" || value.items.length > 10) return undefined;
  const keys = value.items.map((item) => (item.kind === "sequence" ? undefined : keyOf(item)));
  return keys.includes(undefined) ? undefined : JSON.stringify(keys);
}

/** What iterating over the value gives; undefined where Python has nothing, or only Python can tell. */
export function iterated(value: Value): readonly Value[] | undefined {
  if (value.kind === "sequence") return value.items;
  if (value.kind === "dict") return [...value.entries.values()].map((entry) => entry.key);
  if (value.kind === "file") return linesOf(value);
  if (value.kind !== "text" || value.bytes) return undefined;
  const { variables = new Set() } = value;
  return Array.from(value.value, (character) => tracedTo(variables, text(character)));
}

/** The lines that are left of a file, each with its end. */
export function linesOf(file: FileValue & Origin): Value[] {
  const lines = file.text.slice(file.place.at).match(/[^\n]*\n|[^\n]+$/g) ?? [];
  file.place.at = file.text.length;
  return lines.map((line) => tracedTo(file.variables ?? new Set(), text(line, file.bytes)));
}

/** `str(value)`; undefined where only Python knows. */
export function pythonText(value: Value): string | undefined {
  if (value.kind === "text") return value.bytes ? undefined : value.value;
  if (value.kind === "path") return value.value;
  return value.kind === "exception" ? value.words : pythonForm(value);
}

/** `repr(value)`; undefined where only Python knows. */
export function pythonForm(value: Value): string | undefined {
  const left = { items: ITEMS_LIMIT };
  try {
    return pythonRepr(plain(value, left, 0));
  } catch (error) {
    if (error === UNKNOWN) return undefined;
    throw error;
  }
}

const UNKNOWN = Symbol("only Python knows");

function plain(value: Value, left: { items: number }, depth: number): unknown {
  left.items -= 1;
  if (left.items < 0 || depth > NESTING_LIMIT) throw UNKNOWN;
  const inner = (item: Value) => plain(item, left, depth + 1);
  if (value.kind === "none") return null;
  if (value.kind === "bool" || value.kind === "int") return value.value;
  if (value.kind === "float") return new Float(value.value);
  if (value.kind === "text" && !value.bytes) return value.value;
  if (value.kind === "sequence" && value.type === "list") return value.items.map(inner);
  if (value.kind === "sequence" && value.type === "tuple") return new Tuple(value.items.map(inner));
  if (value.kind === "dict" && !value.isEnvironment) {
    return new Map([...value.entries.values()].map((entry) => [inner(entry.key), inner(entry.value)]));
  }
  throw UNKNOWN;
}
