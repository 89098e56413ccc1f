// The methods of Python's str (and bytes) that settings use.
import { type Invocation, plainArguments, textArgument } from "./known-function.ts";
import { NONE, text, type Value } from "./value.ts";

/** What `str.strip()` removes when it is given no characters and `\s` does not match. */
const FURTHER_WHITESPACE = new Set("\x1c\x1d\x1e\x1f\x85");

/** `target.name(…)`, or undefined when this is no method that is known here. */
export function callTextMethod(target: string, name: string, call: Invocation): Value | undefined {
  return methods.get(name)?.(target, call);
}

const methods: ReadonlyMap<string, (target: string, call: Invocation) => Value> = new Map([
  ["strip", (target, call) => stripped(target, call, true, true)],
  ["lstrip", (target, call) => stripped(target, call, true, false)],
  ["rstrip", (target, call) => stripped(target, call, false, true)],
  ["lower", (target, call) => recased(target.toLowerCase(), call)],
  ["upper", (target, call) => recased(target.toUpperCase(), call)],
  ["encode", recoded],
  ["decode", recoded],
]);

function recased(result: string, call: Invocation): Value {
  plainArguments(call, 0, 0);
  return text(result);
}

function recoded(target: string, call: Invocation): Value {
  requireUtf8(call);
  return text(target);
}

/** Refuses any other encoding than UTF-8 or ASCII in a call that may name one. */
export function requireUtf8(call: Invocation): void {
  for (const encoding of [...call.positional, ...call.keywords.values()]) {
    if (!/^(?:utf[-_]?8|ascii)$/i.test(textArgument(call, encoding)))
      call.refuse("only the encoding utf-8 can be read");
  }
}

function stripped(target: string, call: Invocation, left: boolean, right: boolean): Value {
  const [given = NONE] = plainArguments(call, 0, 1);
  const characters = given.kind === "none" ? undefined : new Set(textArgument(call, given));
  const goes = (character: string): boolean =>
    characters === undefined ? isSpace(character) : characters.has(character);
  const points = Array.from(target);
  let from = 0;
  let to = points.length;
  if (left) while (from < to && goes(points[from]!)) from += 1;
  if (right) while (to > from && goes(points[to - 1]!)) to -= 1;
  return text(points.slice(from, to).join(""));
}

function isSpace(character: string): boolean {
  return (/\s/.test(character) && character !== "\ufeff") || FURTHER_WHITESPACE.has(character);
}
