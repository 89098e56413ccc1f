// Values from the wire as the rest of the worker takes them. A Python 2 master sends bytes where text is meant, so in
// the arguments of a command bytes are text.
import { baseErrors } from "../../base/errors.ts";
import { Tuple } from "../../base/python-values.ts";
import type { ArgumentValue, CommandArguments } from "../../commands/index.ts";
import type { IncomingCall } from "../../session/pb/index.ts";
import type { JellyValue } from "../../wire/jelly/index.ts";
import type { BuilderEntry } from "../builder.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text or UTF-8 bytes; throws ERR_BAD_ARGUMENTS for anything else. */
export function readText(method: string, what: string, value: JellyValue | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return decodeBytes(method, what, value);
  throw baseErrors.badArguments(method, `${what} as text`, value === undefined ? "nothing" : "something else");
}

/** The argument at `position`, or the one called `name`. */
export function argument(call: IncomingCall, position: number, name: string): JellyValue | undefined {
  return call.args[position] ?? call.kwargs.get(name);
}

/** The arguments of a remote command, with everything decoded. */
export function readCommandArguments(value: JellyValue | undefined): CommandArguments {
  const decoded = value === undefined ? undefined : decodeValue(value);
  if (decoded instanceof Map) return decoded as CommandArguments;
  throw baseErrors.badArguments("startCommand", "a dictionary of arguments", "something else");
}

/** `setBuilderList` sends a list of pairs of a name and a directory, each pair a tuple or a list. */
export function readBuilderList(value: JellyValue | undefined): readonly (BuilderEntry & { wireName: JellyValue })[] {
  return readItems(value).map((pair) => {
    const [name, directory] = readItems(pair);
    return {
      // Comes back as it was sent: a key of the answer.
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

function decodeValue(value: JellyValue): ArgumentValue {
  if (value instanceof Uint8Array) return decodeBytes("startCommand", "all bytes in arguments", value);
  if (value instanceof Tuple) return new Tuple(value.items.map(decodeValue));
  if (Array.isArray(value)) return (value as readonly JellyValue[]).map(decodeValue);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<JellyValue, JellyValue>)];
    return new Map(entries.map(([key, item]) => [decodeKey(key), decodeValue(item)]));
  }
  return value;
}

/** Other bytes are refused, as by Buildbot's worker: what was made of them might be the name of something else. */
function decodeBytes(method: string, what: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw baseErrors.badArguments.from(error, method, `${what} as text in UTF-8`, "other bytes");
  }
}

function decodeKey(key: JellyValue): string {
  if (typeof key === "number" || typeof key === "bigint") return String(key);
  return readText("startCommand", "the name of an argument", key);
}
