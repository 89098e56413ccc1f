// What a function of Python is to the evaluator: arguments in, a value out, or a refusal. Knows no single function.
import { describeValue, iterated, NONE, numeric, sequence, text, type Value } from "./value.ts";

/** One call, with what the function needs to answer it. */
export interface Invocation {
  /** Of a method, its target comes first. */
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** Line of the call, counted from 1. */
  readonly line: number;
  /** The mark of the thing that is called. */
  readonly mark?: string | undefined;
  /** Throws the usage error that names the line, for what is wrong. */
  refuse(reason: string): never;
  /** The same for what only Python can do; `cure` says how to write it so that it is read. */
  refuseUnread(reason: string, cure?: string): never;
  /** Raises an exception that the program may catch; without a handler, `reason` is the error. */
  raise(type: string, reason: string): never;
}

/** Null is None; undefined: only Python can tell. */
export type CallResult = Value | string | number | boolean | readonly string[] | null | undefined;

export type KnownFunction = (call: Invocation) => CallResult;

/** Functions by the dotted name they are reached by; methods by that of the kind of their target, as `text.split`. */
export type KnownFunctions = Readonly<Record<string, KnownFunction>>;

/** What a program can use. */
export interface Library {
  readonly functions: ReadonlyMap<string, KnownFunction>;
  /** Things that are not made by a call, by dotted name. */
  readonly constants: ReadonlyMap<string, Value>;
  /** What the program printed until now, and which of its lines have no effect here. */
  readonly remarks: ReadonlySet<string>;
  /** Adds that this line has no effect. */
  readonly remark: (line: number, what: string) => void;
}

/** The value that a function's result stands for; a number is an integer. */
export function resultValue(result: Exclude<CallResult, undefined>): Value {
  if (result === null) return NONE;
  if (typeof result === "string") return text(result);
  if (typeof result === "number") return { kind: "int", value: result };
  if (typeof result === "boolean") return { kind: "bool", value: result };
  return "kind" in result ? result : sequence("list", result.map(text));
}

/** One parameter: how its argument is read, and by which keyword it can be given. */
export interface Parameter<Type> {
  readonly read: (call: Invocation, value: Value) => Type;
  readonly keyword?: string;
  readonly isOptional?: boolean;
}

export const VALUE: Parameter<Value> = { read: (_, value) => value };
export const TEXT: Parameter<string> = { read: textArgument };
export const ITEMS: Parameter<Value[]> = {
  read: (call, value) => iterated(value) ?? mismatch(call, "a list", value),
};
/** A text, a Path, or (for the name of a file) nothing else. */
export const PATH: Parameter<string> = {
  read: (call, value) => (value.kind === "path" ? value.value : textArgument(call, value)),
};
export const INT: Parameter<number> = {
  read: (call, value) =>
    value.kind === "int" || value.kind === "bool" ? numeric(value)! : mismatch(call, "an integer", value),
};

export function mayHave<Type>({ read }: Parameter<Type>, keyword = ""): Parameter<Type | undefined> {
  return { read, keyword, isOptional: true };
}

type Read<Parameters extends readonly Parameter<unknown>[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends Parameter<infer Type> ? Type : never;
};

/** A function that takes these parameters, in their order. */
export function takes<const Parameters extends readonly Parameter<unknown>[]>(
  parameters: Parameters,
  compute: (call: Invocation, ...values: Read<Parameters>) => CallResult,
): KnownFunction {
  return (call) => {
    const names = parameters.map(({ keyword }) => keyword);
    const isUnknown = [...call.keywords.keys()].some((name) => name === "" || !names.includes(name));
    if (isUnknown || call.positional.length > parameters.length) return undefined;
    const values = parameters.map(({ read, keyword, isOptional }, index) => {
      const value = call.positional[index] ?? call.keywords.get(keyword ?? "");
      if (value === undefined && isOptional !== true) call.raise("TypeError", "a call lacks an argument");
      return value === undefined ? undefined : read(call, value);
    });
    return compute(call, ...(values as unknown as Read<Parameters>));
  };
}

export function textArgument(call: Invocation, value: Value): string {
  return value.kind === "text" ? value.value : mismatch(call, "a text", value);
}

function mismatch(call: Invocation, expected: string, value: Value): never {
  const reason = `expected ${expected}, got ${describeValue(value)}`;
  return value.kind === "object" ? call.refuseUnread(reason) : call.raise("TypeError", reason);
}

/** What a function of a library takes: its parameters in order, how many must be given, and how sentences call it. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly required: number;
}

/** The arguments by the names of the parameters; those that are not given are not in the result. */
export function bindArguments(call: Invocation, { name, parameters, required }: Signature): Map<string, Value> {
  if (call.positional.length > parameters.length) {
    call.refuse(`${name} takes at most ${parameters.length} arguments, got ${call.positional.length}`);
  }
  const bound = new Map(call.positional.map((value, index) => [parameters[index]!, value]));
  for (const [keyword, value] of call.keywords) {
    if (!parameters.includes(keyword)) call.refuse(`${name} got an unexpected keyword argument '${keyword}'`);
    if (bound.has(keyword)) call.refuse(`${name} got two values for the argument '${keyword}'`);
    bound.set(keyword, value);
  }
  const missing = parameters.slice(0, required).find((parameter) => !bound.has(parameter));
  if (missing !== undefined) call.refuse(`${name} lacks its argument '${missing}'`);
  return bound;
}
