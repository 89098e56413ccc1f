// What a case of the comparison is: a remote command with its arguments, or a build of ordinary steps. Cases are data;
// nothing here runs them.
import { type Json, python } from "../support/description.ts";

export type Arguments = { readonly [name: string]: Json };

/** What the master's end of a transfer does beside what it should. */
interface FileBehaviour {
  /** The name of a call that the master answers with an error. */
  readonly failOn?: "write" | "close" | "utime" | "unpack" | "read";
  /** The name of a call that the master answers only once it has interrupted the command. */
  readonly interruptOn?: "write" | "read";
}

export interface CommandCase {
  /** A sentence; unique among all cases. */
  readonly name: string;
  /** As masters call it. */
  readonly command: string;
  /** `dir` is the case's own directory, relative to the builder's. */
  readonly args: (dir: string) => Arguments;
  /** Run by the shell in the case's directory before the command. */
  readonly before?: string;
  /** Run by the shell in the case's directory after the command; what it prints is compared. */
  readonly after?: string;
  readonly writer?: FileBehaviour & { readonly tree?: true; readonly compress?: string };
  readonly reader?: FileBehaviour & { readonly content: string | readonly number[]; readonly asText?: boolean };
  /** When the master interrupts: at once, when `arrival` lies in the case's directory, or when it is over. */
  readonly interruptWhen?: "started" | "arrived" | "ended";
  /** The name of a file or a directory. Default: "arrived". */
  readonly arrival?: string;
  /** The ids that are interrupted, one after the other; "own" stands for the id of the command. Default: only that. */
  readonly interruptIds?: readonly Json[];
  /** Instead of an interruption: arguments of a shell command that is started at that moment on the same builder. */
  readonly replacement?: (dir: string) => Arguments;
  /** For commands that name files on stdout as the file system gives them, or as far as they come. */
  readonly stdoutIs?: "in any order" | "left to chance";
  /** For commands that one of the workers never completes. */
  readonly limitSeconds?: number;
}

export interface CaseTable {
  readonly title: string;
  readonly cases: readonly CommandCase[];
  /** Over how many builders the cases are spread, for cases that wait much; default 1. */
  readonly lanes?: number;
}

type ShellCase = Omit<CommandCase, "command" | "args"> & {
  readonly command: Json;
  readonly args?: Arguments;
};

/** A shell command in the case's directory, without a timeout and with a short header unless `args` say otherwise. */
export function shell({ command, args = {}, ...rest }: ShellCase): CommandCase {
  return { ...rest, command: "shell", args: (dir) => ({ workdir: dir, logEnviron: false, command, ...args }) };
}

/** A tuple, which jelly keeps apart from a list. */
export function tuple(...items: readonly (string | number)[]): Json {
  return python(`(${items.map((item) => JSON.stringify(item)).join(", ")},)`);
}

/** Text in the form that masters on Python 2 sent it. */
export function bytes(text: string): Json {
  return python(`${JSON.stringify(text)}.encode()`);
}

/** All of a case but what it is called, each part with a default of its own. */
export type CaseOptions = Partial<Omit<CommandCase, "name" | "command">>;

/** A maker of cases for one command, whose names begin with it. */
export function caseMaker(command: string, common: CaseOptions = {}) {
  return (name: string, args: CommandCase["args"], options: CaseOptions = {}): CommandCase => ({
    name: `${command}: ${name}`,
    command,
    args,
    ...common,
    ...options,
  });
}

/** A script that shows all paths below the case's directory. */
export const listPaths = "find . | LC_ALL=C sort";
