// The arguments of an incoming call: a tuple (or list) and a dictionary with text keys, bytes from a Python 2 peer.
import { baseErrors } from "../../base/errors.ts";
import { Tuple } from "../../base/python-values.ts";
import { type JellyValue, type Remote, unjelly } from "../../wire/jelly/index.ts";
import type { PbMessage } from "../../wire/pb/index.ts";

export interface CallArguments {
  readonly args: readonly JellyValue[];
  readonly kwargs: ReadonlyMap<string, JellyValue>;
}

/** Throws ERR_JELLY_REFUSED or ERR_BAD_ARGUMENTS; handles read before that are in `remotes`. */
export function readArguments(message: Extract<PbMessage, { type: "message" }>, remotes: Remote[]): CallArguments {
  const args = unjelly(message.args, remotes);
  const kwargs = unjelly(message.kwargs, remotes);
  return { args: readPositional(message.method, args), kwargs: readKeywords(message.method, kwargs) };
}

function readPositional(method: string, args: JellyValue): readonly JellyValue[] {
  if (args instanceof Tuple) return args.items;
  if (Array.isArray(args)) return args as readonly JellyValue[];
  throw baseErrors.badArguments(method, "a tuple of arguments", "something else");
}

function readKeywords(method: string, kwargs: JellyValue): ReadonlyMap<string, JellyValue> {
  if (!(kwargs instanceof Map))
    throw baseErrors.badArguments(method, "a dictionary of keyword arguments", "something else");
  const keywords = new Map<string, JellyValue>();
  for (const [key, value] of kwargs as ReadonlyMap<JellyValue, JellyValue>) {
    if (typeof key === "string") keywords.set(key, value);
    else if (key instanceof Uint8Array) keywords.set(Buffer.from(key).toString("utf8"), value);
    else throw baseErrors.badArguments(method, "text as the name of a keyword argument", "something else");
  }
  return keywords;
}
