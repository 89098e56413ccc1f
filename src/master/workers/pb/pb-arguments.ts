// Converts the arguments of commands to PB. Pure.
import { Float, Tuple } from "../../../base/python-values.ts";
import type { JellyValue } from "../../../wire/jelly/index.ts";
import type { CommandArgument } from "../../worker-link.ts";

type Arguments = ReadonlyMap<string, CommandArgument>;

function jellyArgument(value: CommandArgument): JellyValue {
  if (typeof value === "number") return Number.isInteger(value) ? value : new Float(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) return jellyArguments(value as Arguments);
  if ("secret" in value) return new Tuple<JellyValue>(["obfuscated", value.secret, value.shown]);
  return (value as readonly CommandArgument[]).map(jellyArgument);
}

export function jellyArguments(args: Arguments): Map<JellyValue, JellyValue> {
  return new Map([...args].map(([key, value]) => [key, jellyArgument(value)]));
}
