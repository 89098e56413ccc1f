// Converts the arguments of a PB master's calls.
import { baseErrors } from "../../base/errors.ts";
import { Tuple } from "../../base/python-values.ts";
import type { CommandArguments } from "../../commands/index.ts";
import type { IncomingCall } from "../../session/pb/index.ts";
import type { JellyValue } from "../../wire/jelly/index.ts";
import { decodeArguments, readText } from "../argument-values.ts";
import type { BuilderEntry } from "../builder.ts";

/** The argument at `position`, or the one called `name`. */
export function argument(call: IncomingCall, position: number, name: string): JellyValue | undefined {
  return call.args[position] ?? call.kwargs.get(name);
}

/** The decoded arguments of a remote command. */
export function readCommandArguments(value: JellyValue | undefined): CommandArguments {
  if (value instanceof Map) return decodeArguments("startCommand", value as ReadonlyMap<JellyValue, JellyValue>);
  throw baseErrors.badArguments("startCommand", "a dictionary of arguments", "something else");
}

/** The argument of `setBuilderList`: a list of pairs of a name and a directory, each pair a tuple or a list. */
export function readBuilderList(value: JellyValue | undefined): readonly (BuilderEntry & { wireName: JellyValue })[] {
  return readItems(value).map((pair) => {
    const [name, directory] = readItems(pair);
    return {
      // Unchanged, because it is a key of the answer.
      wireName: name ?? null,
      name: readText("setBuilderList", "a builder's name", name),
      directoryName: readText("setBuilderList", "a builder's directory", directory),
    };
  });
}

function readItems(value: JellyValue | undefined): readonly JellyValue[] {
  if (value instanceof Tuple) return value.items;
  if (Array.isArray(value)) return value as readonly JellyValue[];
  throw baseErrors.badArguments("setBuilderList", "a list of pairs", "something else");
}
