// A program that a command runs: what is executed, how it is shown, and its limits. Data only.
import type { TextEncoding } from "../../base/encoding/text-encoding.ts";
import { pythonRepr } from "../../base/python-repr.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { ArgumentValue, SecondsLimit } from "../arguments.ts";

export interface Program {
  /** To execute. */
  readonly argv: readonly string[];
  /** The text of a command for the system's shell, if it is not a list. */
  readonly shellText?: string;
  /** The same words without secrets. */
  readonly shownWords: readonly string[];
  /** The first of these, for errors. */
  readonly shownProgram: string;
  /** For the first header line. */
  readonly shownCommand: string;
  /** A Python repr of bytes or of a list of bytes, as in Buildbot. */
  readonly shownArgv: string;
  /** The name of the command in the worker's log. */
  readonly logName: string;
  /** Absolute; created if missing. */
  readonly workdir: string;
  readonly stdin: string | undefined;
  /** Encoding of its arguments and input. */
  readonly encoding: TextEncoding;
  readonly wantStdout: boolean;
  readonly wantStderr: boolean;
  readonly usePty: boolean;
  readonly logEnviron: boolean;
  /** As received, not validated yet. */
  readonly logfiles: ArgumentValue;
  readonly env: Readonly<Record<string, ArgumentValue>> | undefined;
  /** Without output. */
  readonly timeout: SecondsLimit | undefined;
  readonly maxTime: SecondsLimit | undefined;
  readonly maxLines: number | undefined;
  readonly sigtermSeconds: number | undefined;
  /** Without SIG. */
  readonly interruptSignal: string;
  /** Whether its exit status and signal are reported to the master as those of the command. */
  readonly reportsRc: boolean;
  /** Using CPU time counts as activity, since it works without output. */
  readonly worksSilently?: true;
}

export type CommandForms = Pick<
  Program,
  "argv" | "shellText" | "shownWords" | "shownProgram" | "shownCommand" | "shownArgv" | "logName"
>;

/** The forms of a command that is a list of words; `shown` replaces secrets. */
export function formsOfWords(real: readonly string[], shown: readonly string[], encoding: TextEncoding): CommandForms {
  return {
    argv: real,
    shownWords: shown,
    shownProgram: shown[0] ?? "",
    shownCommand: systemRules.quotedCommand(shown),
    shownArgv: pythonRepr(shown.map((word) => shownBytes(word, encoding))),
    logName: pythonRepr(shown),
  };
}

/** The bytes of a word in a header. A word that cannot be encoded is not executed anyway. */
export function shownBytes(word: string, encoding: TextEncoding): Buffer {
  return encoding.encode(word) ?? Buffer.from(word);
}

export interface OwnProgramOptions {
  readonly words: readonly string[];
  /** Without secrets. */
  readonly shown: readonly string[];
  readonly encoding: TextEncoding;
  readonly workdir: string;
  readonly logEnviron: boolean;
  readonly timeout: SecondsLimit | undefined;
  readonly maxTime: SecondsLimit | undefined;
}

/** A program chosen by the worker, as one step of a command. */
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
