// The interface of Python functions for the evaluator: arguments in, and a value or an error out.
import { describeValue, iterated, NONE, numeric, sequence, text, type Value } from "./value.ts";

/** One call, with its arguments and ways to fail. */
export interface Invocation {
  /** A method's target comes first. */
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** Line of the call, counted from 1. */
  readonly line: number;
  /** The mark of the called object. */
  readonly mark?: string | undefined;
  /** Throws a usage error with the line, for an error in the file. */
  refuse(reason: string): never;
  /** The same for what requires Python; `cure` says how to rewrite it. */
  refuseUnread(reason: string, cure?: string): never;
  /** Raises an exception that the program can catch; otherwise `reason` is the error. */
  raise(type: string, reason: string): never;
}

/** Null is None; undefined: it requires Python. */
export type CallResult = Value | string | number | boolean | readonly string[] | null | undefined;

export type KnownFunction = (call: Invocation) => CallResult;

/** Functions by dotted name; methods by the kind of their target, such as `text.split`. */
export type KnownFunctions = Readonly<Record<string, KnownFunction>>;

/** The functions and objects for a program. */
export interface Library {
  readonly functions: ReadonlyMap<string, KnownFunction>;
  /** Objects that are not created by a call, by dotted name. */
  readonly constants: ReadonlyMap<string, Value>;
  /** The program's output until now, and its lines without effect. */
  readonly remarks: ReadonlySet<string>;
  /** Records that a line has no effect. */
  readonly remark: (line: number, what: string) => void;
}

/** Converts a function's result to a value; a number is an integer. */
export function resultValue(result: Exclude<CallResult, undefined>): Value {
  if (result === null) return NONE;
  if (typeof result === "string") return text(result);
  if (typeof result === "number") return { kind: "int", value: result };
  if (typeof result === "boolean") return { kind: "bool", value: result };
  return "kind" in result ? result : sequence("list", result.map(text));
}

/** One parameter: the reader of its argument, and its keyword. */
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
/** A string or a Path. */
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

/** A function with these parameters, in their order. */
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
      if (value === undefined && isOptional !== true) call.raise("TypeError", "a call has too few arguments");
      return value === undefined ? undefined : read(call, value);
    });
    return compute(call, ...(values as unknown as Read<Parameters>));
  };
}

export function textArgument(call: Invocation, value: Value): string {
  return value.kind === "text" ? value.value : mismatch(call, "a string", value);
}

function mismatch(call: Invocation, expected: string, value: Value): never {
  const reason = `expected ${expected}, got ${describeValue(value)}`;
  return value.kind === "object" ? call.refuseUnread(reason) : call.raise("TypeError", reason);
}

/** The parameters of a function in order, how many are required, and its name for messages. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly required: number;
}

/** The given arguments by the names of the parameters. */
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
  if (missing !== undefined) call.refuse(`${name} is missing its argument '${missing}'`);
  return bound;
}
