// The arguments of `shell` (buildbot-pb.md §7.1), read and checked.
import type { TextEncoding } from "../../base/encoding/text-encoding.ts";
import { baseErrors } from "../../base/errors.ts";
import { pythonRepr } from "../../base/python-repr.ts";
import { systemRules } from "../../base/system-rules.ts";
import { commandWords } from "../../process/spawn/index.ts";
import {
  type ArgumentValue,
  type CommandArguments,
  flag,
  optionalDictionary,
  optionalLimit,
  optionalNumber,
  optionalText,
  requireArguments,
  requiredText,
} from "../arguments.ts";
import { joinPath } from "../paths.ts";
import { type CommandForms, formsOfWords, type Program, shownBytes } from "./program.ts";

/** Throws the errors of the Python worker for missing arguments, and ERR_BAD_ARGUMENTS for invalid ones. */
export function readShellArguments(
  args: CommandArguments,
  { builderDirectory, encoding }: { readonly builderDirectory: string; readonly encoding: TextEncoding },
): Program {
  const workdir = joinPath(builderDirectory, requiredText(args, "workdir"));
  requireArguments(args, "WorkerShellCommand", ["command"]);
  return {
    ...readCommand(args.get("command") ?? null, encoding),
    encoding,
    workdir,
    stdin: optionalText(args, "initial_stdin"),
    wantStdout: flag(args, "want_stdout", true),
    wantStderr: flag(args, "want_stderr", true),
    usePty: flag(args, "usePTY", false),
    logEnviron: flag(args, "logEnviron", true),
    logfiles: args.get("logfiles") ?? new Map(),
    env: readEnvironment(args),
    timeout: optionalLimit(args, "timeout"),
    maxTime: optionalLimit(args, "maxTime"),
    maxLines: optionalNumber(args, "max_lines"),
    sigtermSeconds: optionalNumber(args, "sigtermTime"),
    interruptSignal: optionalText(args, "interruptSignal") ?? "KILL",
    reportsRc: true,
  };
}

function readCommand(command: ArgumentValue, encoding: TextEncoding): CommandForms {
  if (typeof command === "string") {
    const words = systemRules.shellWords(command);
    return {
      argv: words,
      shellText: command,
      shownWords: words,
      shownProgram: words[0] ?? "",
      shownCommand: command,
      shownArgv: pythonRepr(shownBytes(command, encoding)),
      logName: command,
    };
  }
  if (!Array.isArray(command)) throw baseErrors.badArguments("command", "text or a list", "something else");
  const { real, shown } = commandWords(command as readonly ArgumentValue[]);
  return formsOfWords(real, shown, encoding);
}

function readEnvironment(args: CommandArguments): Program["env"] {
  const env = optionalDictionary(args, "env");
  return env === undefined ? undefined : Object.fromEntries(env);
}
