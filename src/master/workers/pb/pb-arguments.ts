// The arguments of commands as PB has them, for workers of all times: what an old one does not know is left out or has another
// name (docs/protocol/buildbot-pb.md §11.2). Pure.
import { Float, Tuple } from "../../../base/python-values.ts";
import type { JellyValue } from "../../../wire/jelly/index.ts";
import type { CommandArgument } from "../../worker-link.ts";

type Arguments = ReadonlyMap<string, CommandArgument>;

/** In which version of `shell` an argument came; older ones stumble over it. */
const shellArguments: ReadonlyMap<string, string> = new Map([
  ["sigtermTime", "2.16"],
  ["interruptSignal", "2.15"],
  ["usePTY", "2.7"],
]);

/** Names from the time when workers had another one, by those of today. */
const oldNames: ReadonlyMap<string, string> = new Map([
  ["workersrc", "slavesrc"],
  ["workerdest", "slavedest"],
]);
const RENAMED_IN = "3.0";

/** `versions`: of the commands that the worker knows, by their names. */
export function pbArguments(name: string, args: Arguments, versions: ReadonlyMap<string, string>): Arguments {
  const version = versions.get(name);
  // A worker that told of none is taken for one of today.
  if (version === undefined) return args;
  if (name === "shell") return new Map([...args].filter(([key]) => !isOlder(version, shellArguments.get(key) ?? "0")));
  if (!isOlder(version, RENAMED_IN)) return args;
  return new Map([...args].map(([key, value]) => [oldNames.get(key) ?? key, value]));
}

export function jellyArgument(value: CommandArgument): JellyValue {
  if (typeof value === "number") return Number.isInteger(value) ? value : new Float(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) return jellyArguments(value as Arguments);
  if ("secret" in value) return new Tuple<JellyValue>(["obfuscated", value.secret, value.shown]);
  return (value as readonly CommandArgument[]).map(jellyArgument);
}

export function jellyArguments(args: Arguments): Map<JellyValue, JellyValue> {
  return new Map([...args].map(([key, value]) => [key, jellyArgument(value)]));
}

/** By the numbers between the dots. */
function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split(".").map(Number));
  const length = Math.max(one?.length ?? 0, other?.length ?? 0);
  for (let place = 0; place < length; place += 1) {
    const difference = (one?.[place] || 0) - (other?.[place] || 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
