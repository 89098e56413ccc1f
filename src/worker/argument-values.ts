// Converts the arguments of a command from either protocol to the form that commands take. A Python 2 master sends text as
// bytes, so bytes are decoded as text.
import { isUtf8 } from "node:buffer";
import { baseErrors } from "../base/errors.ts";
import { Tuple } from "../base/python-values.ts";
import type { ArgumentValue, CommandArguments } from "../commands/index.ts";
import type { JellyValue } from "../wire/jelly/index.ts";
import type { MsgpackValue } from "../wire/msgpack/index.ts";

type WireValue = JellyValue | MsgpackValue;

/** Throws ERR_BAD_ARGUMENTS, which names the method, for a key or bytes that are not text. */
export function decodeArguments(method: string, wireArgs: ReadonlyMap<WireValue, WireValue>): CommandArguments {
  return new Map([...wireArgs].map(([key, value]) => [decodeKey(method, key), decodeValue(method, value)]));
}

/** Text or UTF-8 bytes; throws ERR_BAD_ARGUMENTS for anything else. */
export function readText(method: string, what: string, value: WireValue | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return decodeBytes(method, what, value);
  throw baseErrors.badArguments(method, `${what} as text`, value === undefined ? "nothing" : "something else");
}

function decodeKey(method: string, key: WireValue): string {
  if (typeof key === "number" || typeof key === "bigint") return String(key);
  return readText(method, "the name of an argument", key);
}

function decodeValue(method: string, value: WireValue): ArgumentValue {
  const decode = (item: WireValue) => decodeValue(method, item);
  if (value instanceof Uint8Array) return decodeBytes(method, "all bytes in arguments", value);
  if (value instanceof Tuple) return new Tuple(value.items.map(decode));
  if (Array.isArray(value)) return (value as readonly WireValue[]).map(decode);
  return value instanceof Map ? decodeArguments(method, value as ReadonlyMap<WireValue, WireValue>) : value;
}

/** Other bytes are refused, as by Buildbot's worker: decoded with replacement characters they might name another file. */
function decodeBytes(method: string, what: string, bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString();
  throw baseErrors.badArguments(method, `${what} as text in UTF-8`, "other bytes");
}
