// What a function of Python is to the evaluator: arguments in, a value out, or a refusal. Knows no single function.
import { describeValue, type Value } from "./value.ts";

/** One call, with what the function needs to answer it. */
export interface Invocation {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** Line of the call, counted from 1. */
  readonly line: number;
  /** Throws the usage error that names the line. */
  refuse(reason: string): never;
}

export type KnownFunction = (call: Invocation) => Value;

/** Functions by the dotted name they are reached by; `x[]` and `x in` stand for an index of x and a test in it. */
export type KnownFunctions = ReadonlyMap<string, KnownFunction>;

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
  if (value?.kind !== "text") call.refuse(`expected a text, got ${describeValue(value ?? { kind: "none" })}`);
  return value.value;
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
