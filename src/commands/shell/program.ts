// A program that a command runs: what is executed, how people see it, and what it may do. Data only.
import type { TextEncoding } from "../../base/encoding/text-encoding.ts";
import { pythonRepr } from "../../base/python-repr.ts";
import { quotedForShell } from "../../process/spawn/index.ts";
import type { ArgumentValue, SecondsLimit } from "../arguments.ts";

export interface Program {
  /** What is executed. */
  readonly argv: readonly string[];
  /** The same words as people may see them. */
  readonly shownWords: readonly string[];
  /** The first of those, for errors. */
  readonly shownProgram: string;
  /** For the first header line. */
  readonly shownCommand: string;
  /** A Python repr of bytes or of a list of bytes, as masters and people know it. */
  readonly shownArgv: string;
  /** What the worker's log calls the command. */
  readonly logName: string;
  /** Absolute; made when it is missing. */
  readonly workdir: string;
  readonly stdin: string | undefined;
  /** In which the system is told its words and its input. */
  readonly encoding: TextEncoding;
  readonly wantStdout: boolean;
  readonly wantStderr: boolean;
  readonly usePty: boolean;
  readonly logEnviron: boolean;
  /** As received: not checked yet. */
  readonly logfiles: ArgumentValue;
  readonly env: Readonly<Record<string, ArgumentValue>> | undefined;
  /** Of silence. */
  readonly timeout: SecondsLimit | undefined;
  readonly maxTime: SecondsLimit | undefined;
  readonly maxLines: number | undefined;
  readonly sigtermSeconds: number | undefined;
  /** Without SIG. */
  readonly interruptSignal: string;
  /** Whether its exit status, and the signal that ended it, are the command's, for the master to know. */
  readonly reportsRc: boolean;
  /** Being at work counts like output: it is silent while it does what it should. */
  readonly worksSilently?: true;
}

export type CommandForms = Pick<
  Program,
  "argv" | "shownWords" | "shownProgram" | "shownCommand" | "shownArgv" | "logName"
>;

/** The forms of a command that is a list of words; `shown` has other words where a secret is to be hidden. */
export function formsOfWords(real: readonly string[], shown: readonly string[], encoding: TextEncoding): CommandForms {
  return {
    argv: real,
    shownWords: shown,
    shownProgram: shown[0] ?? "",
    shownCommand: quotedForShell(shown),
    shownArgv: pythonRepr(shown.map((word) => shownBytes(word, encoding))),
    logName: pythonRepr(shown),
  };
}

/** The bytes of a word in a header. What its encoding lacks is not run either. */
export function shownBytes(word: string, encoding: TextEncoding): Buffer {
  return encoding.encode(word) ?? Buffer.from(word);
}

export interface OwnProgramOptions {
  readonly words: readonly string[];
  /** What people see of them. */
  readonly shown: readonly string[];
  readonly encoding: TextEncoding;
  readonly workdir: string;
  readonly logEnviron: boolean;
  readonly timeout: SecondsLimit | undefined;
  readonly maxTime: SecondsLimit | undefined;
}

/** A program that the worker chose itself, as one step of a command. */
export function ownProgram({ words, shown, ...options }: OwnProgramOptions): Program {
  return {
    ...formsOfWords(words, shown, options.encoding),
    ...options,
    stdin: undefined,
    wantStdout: true,
    wantStderr: true,
    usePty: false,
    logfiles: new Map(),
    env: undefined,
    maxLines: undefined,
    sigtermSeconds: undefined,
    interruptSignal: "KILL",
    reportsRc: false,
    worksSilently: true,
  };
}
