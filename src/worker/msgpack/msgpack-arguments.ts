// The arguments of remote commands as MessagePack has them, in the form that our commands take: paths come ready to use and
// under other names, and tuples come as arrays (docs/protocol/buildbot-msgpack.md §4). Pure.

import { Tuple } from "../../base/python-values.ts";
import { type ArgumentValue, type CommandArguments, commandsErrors, requireArguments } from "../../commands/index.ts";
import { commandForms } from "../../session/msgpack/index.ts";
import type { MsgpackMap } from "../../wire/msgpack/index.ts";
import { decodeArguments } from "../argument-values.ts";

export interface CommandCall {
  /** As our registry knows the command. */
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

/** A tuple that hides a word came as an array; Buildbot's worker runs, and shows, that. */
function asObfuscated(word: ArgumentValue): ArgumentValue {
  const isHidden = Array.isArray(word) && word.length === 3 && word[0] === "obfuscated";
  return isHidden ? new Tuple(word as readonly ArgumentValue[]) : word;
}
