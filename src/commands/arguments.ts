// Reads the arguments of a command from the master, with errors that a master knows.

import { baseErrors } from "../base/errors.ts";
import { pythonStr } from "../base/python-repr.ts";
import type { Float, Tuple } from "../base/python-values.ts";
import { commandsErrors } from "./errors.ts";

/** Text is decoded in either form of the wire; references are opaque. */
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

/** Throws ERR_MISSING_ARGUMENTS if any of `names` is missing; `className` is the command's name in the message. */
export function requireArguments(args: CommandArguments, className: string, names: readonly string[]): void {
  const missing = names.filter((name) => !args.has(name));
  if (missing.length > 0) throw commandsErrors.missingArguments(className, missing.join(", "));
}

/** A required text. */
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
  const invalid = value.find((item) => typeof item !== "string");
  if (invalid !== undefined) throw baseErrors.badArguments(name, "a list of texts", `a list with ${kindOf(invalid)}`);
  return value as readonly string[];
}

export function optionalText(args: CommandArguments, name: string): string | undefined {
  const value = args.get(name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw baseErrors.badArguments(name, "text or nothing", kindOf(value));
}

/** A number, which may be a Python float. */
export function optionalNumber(args: CommandArguments, name: string): number | undefined {
  const value = args.get(name) ?? undefined;
  if (value === undefined) return undefined;
  const number = typeof value === "number" ? value : floatValue(value);
  if (number === undefined || Number.isNaN(number))
    throw baseErrors.badArguments(name, "a number or nothing", kindOf(value));
  return number;
}

/** A time limit, and its text as the master wrote it. */
export interface SecondsLimit {
  readonly seconds: number;
  readonly shown: string;
}

/** Undefined for null, 0 and less, which mean no limit. */
export function optionalLimit(args: CommandArguments, name: string): SecondsLimit | undefined {
  const seconds = optionalNumber(args, name) ?? 0;
  return seconds > 0 ? { seconds, shown: pythonStr(args.get(name)) } : undefined;
}

/** Python's truth value; null is false, and a missing flag is `fallback`. */
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
