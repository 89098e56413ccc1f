// The arguments of a command as the master sent them, read with the errors that a master knows.

import { baseErrors } from "../base/errors.ts";
import { pythonStr } from "../base/python-repr.ts";
import type { Float, Tuple } from "../base/python-values.ts";
import { commandsErrors } from "./errors.ts";

/** Text is decoded, whatever the master sent it as; what is no value here (a reference) is opaque. */
export type ArgumentValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | object
  | readonly ArgumentValue[]
  | Tuple<ArgumentValue>
  | ReadonlyMap<string, ArgumentValue>;

export type CommandArguments = ReadonlyMap<string, ArgumentValue>;

/** Refuses a command of which any of `names` is missing; `className` is how a master knows it. */
export function requireArguments(args: CommandArguments, className: string, names: readonly string[]): void {
  const missing = names.filter((name) => !args.has(name));
  if (missing.length > 0) throw commandsErrors.missingArguments(className, missing.join(", "));
}

/** A text without which the command cannot be. */
export function requiredText(args: CommandArguments, name: string): string {
  const value = args.get(name);
  if (value === undefined) throw commandsErrors.missingKey(name);
  if (typeof value !== "string") throw baseErrors.badArguments(name, "text", kindOf(value));
  return value;
}

/** A text, or a list of texts, which may be empty. */
export function requiredTexts(args: CommandArguments, name: string): readonly string[] {
  const value = args.get(name);
  if (!Array.isArray(value)) return [requiredText(args, name)];
  const odd = value.find((item) => typeof item !== "string");
  if (odd !== undefined) throw baseErrors.badArguments(name, "a list of texts", `a list with ${kindOf(odd)}`);
  return value as readonly string[];
}

export function optionalText(args: CommandArguments, name: string): string | undefined {
  const value = args.get(name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw baseErrors.badArguments(name, "text or nothing", kindOf(value));
}

/** A number that may be a Python float. */
export function optionalNumber(args: CommandArguments, name: string): number | undefined {
  const value = args.get(name) ?? undefined;
  if (value === undefined) return undefined;
  const number = typeof value === "number" ? value : floatValue(value);
  if (number === undefined || Number.isNaN(number))
    throw baseErrors.badArguments(name, "a number or nothing", kindOf(value));
  return number;
}

/** A time limit, and how it is shown to people: as the master wrote it. */
export interface SecondsLimit {
  readonly seconds: number;
  readonly shown: string;
}

/** Undefined for null, 0 and less, which all mean that there is no limit. */
export function optionalLimit(args: CommandArguments, name: string): SecondsLimit | undefined {
  const seconds = optionalNumber(args, name) ?? 0;
  return seconds > 0 ? { seconds, shown: pythonStr(args.get(name)) } : undefined;
}

/** What Python takes for true: not null, which is no flag here, unlike one that is missing and so is `fallback`. */
export function flag(args: CommandArguments, name: string, fallback: boolean): boolean {
  return Boolean(args.has(name) ? args.get(name) : fallback);
}

export function optionalDictionary(args: CommandArguments, name: string): CommandArguments | undefined {
  const value = args.get(name) ?? undefined;
  if (value === undefined) return undefined;
  if (value instanceof Map) return value as CommandArguments;
  throw baseErrors.badArguments(name, "a dictionary or nothing", kindOf(value));
}

function floatValue(value: ArgumentValue): number | undefined {
  return typeof value === "object" && value !== null && "value" in value && typeof value.value === "number"
    ? value.value
    : undefined;
}

function kindOf(value: ArgumentValue): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  return typeof value === "object" ? "something else" : `the ${typeof value} ${String(value)}`;
}
