// What a function of Python is to the evaluator: arguments in, a value out, or a refusal. Knows no single function.
import { describeValue, iterated, numeric, type Value } from "./value.ts";

/** One call, with what the function needs to answer it. */
export interface Invocation {
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

export type KnownFunction = (call: Invocation) => Value;

/** What an imported program can use. */
export interface Library {
  /** By the dotted name they are reached by. */
  readonly functions: ReadonlyMap<string, KnownFunction>;
  /** Things that are not made by a call, by dotted name. */
  readonly constants: ReadonlyMap<string, Value>;
  /** Notes for the log that this line has no effect here. */
  readonly remark: (line: number, what: string) => void;
}

/** The arguments of a function that takes between `least` and `most`, none of them by keyword. */
export function plainArguments(call: Invocation, least: number, most: number): readonly Value[] {
  if (call.keywords.size > 0) call.refuse("an argument has a name that is not known here");
  const { length } = call.positional;
  if (length < least || length > most) {
    call.refuse(`a call has ${length} arguments, expected ${least === most ? least : `${least} to ${most}`}`);
  }
  return call.positional;
}

/** The text that `value` must be. */
export function textArgument(call: Invocation, value: Value | undefined): string {
  if (value?.kind !== "text") return mismatch(call, "a text", value);
  return value.value;
}

/** The path that `value` must be, as a text or a Path. */
export function pathArgument(call: Invocation, value: Value | undefined): string {
  return value?.kind === "path" ? value.value : textArgument(call, value);
}

/** The whole number that `value` must be. */
export function intArgument(call: Invocation, value: Value | undefined): number {
  if (value?.kind !== "int" && value?.kind !== "bool") return mismatch(call, "an integer", value);
  return numeric(value)!;
}

/** The items of what `value` must let iterate over. */
export function itemsArgument(call: Invocation, value: Value | undefined): readonly Value[] {
  return (value === undefined ? undefined : iterated(value)) ?? mismatch(call, "a list", value);
}

function mismatch(call: Invocation, expected: string, value: Value | undefined): never {
  const reason = `expected ${expected}, got ${describeValue(value ?? { kind: "none" })}`;
  return value?.kind === "object" ? call.refuse(reason) : call.raise("TypeError", reason);
}

/** What a function of a library takes: its parameters in order, how many must be given, and how sentences call it. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly required: number;
}

/** The arguments by the names of the parameters; those that are not given are not in the result. */
export function bindArguments(call: Invocation, signature: Signature): Map<string, Value> {
  const { name, parameters, required } = signature;
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
