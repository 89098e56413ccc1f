// The values that expressions of a buildbot.tac can have, and what Python says of them. Knows no syntax and no setting.
import { pythonStr } from "../../base/python-repr.ts";
import { Float } from "../../base/python-values.ts";

/** A Python value. Bytes are read as UTF-8 text: no setting of a worker is anything else. */
export type Value = Placed &
  (
    | { readonly kind: "none" }
    | { readonly kind: "bool"; readonly value: boolean }
    | { readonly kind: "int"; readonly value: number }
    | { readonly kind: "float"; readonly value: number }
    | TextValue
    | { readonly kind: "sequence"; readonly items: readonly Value[]; readonly mark: string | undefined }
    | FileValue
    | { readonly kind: "method"; readonly target: Value; readonly name: string }
    | ObjectValue
  );

interface Placed {
  /** Where in the file it was computed last; a name only stands for its value. */
  readonly line?: number;
}

interface TextValue extends Traced {
  readonly kind: "text";
  readonly value: string;
}

interface FileValue extends Traced {
  readonly kind: "file";
  readonly text: string;
}

interface Traced {
  /** The environment variables that it was made from; none when left out. */
  readonly variables?: ReadonlySet<string>;
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
export const TEXT_LIMIT_CHARS = 16_384;

export function text(value: string): Value {
  return { kind: "text", value };
}

/** The same value, made from those environment variables too. Of a file's path only a whole one counts: `…_FILE`. */
export function tracedTo(variables: ReadonlySet<string>, value: Value): Value {
  if ((value.kind !== "text" && value.kind !== "file") || variables.size === 0) return value;
  const all = [...(value.variables ?? []), ...variables];
  return { ...value, variables: new Set(value.kind === "file" ? all.filter((name) => name.endsWith("_FILE")) : all) };
}

export function bool(value: boolean): Value {
  return { kind: "bool", value };
}

export function object(path: string, mark?: string): ObjectValue {
  return { kind: "object", path, mark };
}

/** A tuple or list; it carries what its items carry, as observers are handed on in lists. */
export function sequence(items: readonly Value[]): Value {
  return { kind: "sequence", items, mark: firstMark(items) };
}

/** The mark of the first value that carries one. */
export function firstMark(values: readonly Value[]): string | undefined {
  for (const value of values) {
    if ((value.kind === "object" || value.kind === "sequence") && value.mark !== undefined) return value.mark;
  }
  return undefined;
}

const KINDS = {
  none: "None",
  int: "an integer",
  float: "a number with a fraction",
  text: "a text",
  sequence: "a tuple or list",
  file: "an open file",
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
  if (value.kind === "text") return value.value !== "";
  if (value.kind === "sequence") return value.items.length > 0;
  const number = numeric(value);
  return number === undefined ? undefined : number !== 0;
}

/** The number a value counts as in Python's arithmetic and comparisons, where True is 1. */
export function numeric(value: Value): number | undefined {
  if (value.kind === "int" || value.kind === "float") return value.value;
  return value.kind === "bool" ? Number(value.value) : undefined;
}

/** `str(value)`; undefined where only Python knows. */
export function pythonText(value: Value): string | undefined {
  if (value.kind === "none" || value.kind === "bool") return describeValue(value);
  if (value.kind === "int") return String(value.value);
  if (value.kind === "float") return pythonStr(new Float(value.value));
  return value.kind === "text" ? value.value : undefined;
}
