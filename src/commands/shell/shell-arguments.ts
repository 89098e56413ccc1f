// The arguments of `shell` (docs/protocol/buildbot-pb.md §7.1), read and checked.
import { resolve } from "node:path";
import { errors } from "../../base/errors.ts";
import { pythonRepr } from "../../base/python-repr.ts";
import { commandWords, quotedForShell } from "../../process/quoting.ts";
import {
  type ArgumentValue,
  type CommandArguments,
  flag,
  optionalDictionary,
  optionalNumber,
  optionalText,
  requireArguments,
  requiredText,
} from "../arguments.ts";

export interface ShellArguments {
  /** What is executed. */
  readonly argv: readonly string[];
  /** For the first header line. */
  readonly shownCommand: string;
  /** A Python repr of bytes or of a list of bytes, as masters and people know it. */
  readonly shownArgv: string;
  /** What the worker's log calls the command. */
  readonly logName: string;
  readonly workdir: string;
  readonly stdin: Buffer | undefined;
  readonly wantStdout: boolean;
  readonly wantStderr: boolean;
  readonly usePty: boolean;
  readonly logEnviron: boolean;
  /** As received, for the header; watching them is not done yet. */
  readonly logfiles: CommandArguments;
  readonly env: Readonly<Record<string, ArgumentValue>> | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly maxTimeSeconds: number | undefined;
  readonly maxLines: number | undefined;
  readonly sigtermSeconds: number | undefined;
  /** Without SIG. */
  readonly interruptSignal: string;
}

/** Throws what masters know from the Python worker for missing arguments, and ERR_BAD_ARGUMENTS for odd ones. */
export function readShellArguments(args: CommandArguments, builderDirectory: string): ShellArguments {
  requireArguments(args, "WorkerShellCommand", ["command"]);
  return {
    ...readCommand(args.get("command") ?? null),
    workdir: resolve(builderDirectory, requiredText(args, "workdir")),
    stdin: readStdin(args),
    wantStdout: flag(args, "want_stdout", true),
    wantStderr: flag(args, "want_stderr", true),
    usePty: flag(args, "usePTY", false),
    logEnviron: flag(args, "logEnviron", true),
    logfiles: optionalDictionary(args, "logfiles") ?? new Map(),
    env: readEnvironment(args),
    timeoutSeconds: optionalNumber(args, "timeout"),
    maxTimeSeconds: optionalNumber(args, "maxTime"),
    maxLines: optionalNumber(args, "max_lines"),
    sigtermSeconds: optionalNumber(args, "sigtermTime"),
    interruptSignal: optionalText(args, "interruptSignal") ?? "KILL",
  };
}

type CommandForms = Pick<ShellArguments, "argv" | "shownCommand" | "shownArgv" | "logName">;

function readCommand(command: ArgumentValue): CommandForms {
  if (typeof command === "string") {
    return {
      argv: ["/bin/sh", "-c", command],
      shownCommand: command,
      shownArgv: pythonRepr(Buffer.from(command)),
      logName: command,
    };
  }
  if (!Array.isArray(command)) throw errors.badArguments("command", "text or a list", "something else");
  const { real, shown } = commandWords(command as readonly ArgumentValue[]);
  return {
    argv: real,
    shownCommand: quotedForShell(shown),
    shownArgv: pythonRepr(shown.map((word) => Buffer.from(word))),
    logName: pythonRepr(shown),
  };
}

function readStdin(args: CommandArguments): Buffer | undefined {
  const text = optionalText(args, "initial_stdin");
  return text === undefined ? undefined : Buffer.from(text);
}

function readEnvironment(args: CommandArguments): ShellArguments["env"] {
  const env = optionalDictionary(args, "env");
  return env === undefined ? undefined : Object.fromEntries(env);
}
