// Converts the arguments of remote commands from MessagePack to the form that our commands take: paths are absolute and have
// other names, and tuples arrive as arrays (buildbot-msgpack.md §4). Pure.

import { Tuple } from "../../base/python-values.ts";
import { type ArgumentValue, type CommandArguments, commandsErrors, requireArguments } from "../../commands/index.ts";
import { commandForms } from "../../session/msgpack/index.ts";
import type { MsgpackMap } from "../../wire/msgpack/index.ts";
import { decodeArguments } from "../argument-values.ts";

export interface CommandCall {
  /** The command's name in our registry. */
  readonly command: string;
  readonly args: CommandArguments;
}

/** Throws ERR_MISSING_ARGUMENTS, ERR_MISSING_KEY or ERR_BAD_ARGUMENTS. */
export function readCommandCall(wireName: string, wireArgs: MsgpackMap): CommandCall {
  const {
    name = wireName,
    className,
    required = [],
    renamed = {},
    ignored = [],
    handle,
  } = commandForms.get(wireName) ?? {};
  const sent = decodeArguments("start_command", wireArgs);
  if (className !== undefined) requireArguments(sent, className, required);
  for (const wire of Object.keys(renamed)) if (!sent.has(wire)) throw commandsErrors.missingKey(wire);
  const args = new Map<string, ArgumentValue>();
  for (const [key, value] of sent) if (!ignored.includes(key)) args.set(renamed[key] ?? key, value);
  if (handle !== undefined) args.set(handle, {});
  const words = args.get("command");
  if (Array.isArray(words)) args.set("command", (words as readonly ArgumentValue[]).map(asObfuscated));
  return { command: name, args };
}

/** A tuple that hides a word arrives as an array, which Buildbot's worker runs and shows. */
function asObfuscated(word: ArgumentValue): ArgumentValue {
  const isHidden = Array.isArray(word) && word.length === 3 && word[0] === "obfuscated";
  return isHidden ? new Tuple(word as readonly ArgumentValue[]) : word;
}
