// One sentence for the log on why a program failed, as specific as the facts allow. Pure.

import type { FullDisk, OomKills, OomVictim, ResourceLimits } from "../../process/diagnosis/index.ts";
import type { ProgramTrouble } from "../../process/spawn/index.ts";
import { type SignalName, signalNumber } from "../../process/tree/index.ts";
import { OWN_HEADER } from "../perform.ts";

/** The known facts about a failure that was not caused by us. */
export interface EndFacts {
  readonly end:
    | { readonly type: "start-failed" }
    | { readonly type: "exited"; readonly code: number }
    | { readonly type: "signaled"; readonly signal: SignalName };
  readonly pid: number | undefined;
  /** The program that could not be run, without secrets, and the reason. */
  readonly trouble: { readonly program: string; readonly found: ProgramTrouble } | undefined;
  /** Kills while it was running. */
  readonly oomKills: OomKills;
  /** The last victims, if known. */
  readonly oomVictims: readonly OomVictim[];
  readonly fullDisk: FullDisk | undefined;
  /** Path of its core file. */
  readonly coreFile: string | undefined;
  /** Of the program, or of the shell that returned the exit code, if known. */
  readonly limits?: ResourceLimits | undefined;
}

/** A shell adds the signal number of its child to this. */
const SIGNAL_STATUS = 128;
/** Exit codes of a shell (POSIX, Shell & Utilities 2.8.2). */
const CANNOT_RUN_STATUS = 126;
const NOT_FOUND_STATUS = 127;

/** Meaning of the signals of a crash. */
const CRASHES: Partial<Record<SignalName, string>> = {
  SIGSEGV: "invalid memory access",
  SIGBUS: "invalid memory access, for example to a mapped file that was truncated",
  SIGILL: "illegal instruction; the program was built for another processor, or is corrupt",
  SIGFPE: "arithmetic error, such as a division by zero",
  SIGABRT: "it aborted itself, for example because of a failed assertion",
  SIGTRAP: "it reached a trap, for example because of a failed assertion",
  SIGSYS: "it made a forbidden system call",
};

const OTHER_SIGNALS: Partial<Record<SignalName, string>> = {
  SIGPIPE: "it wrote to a pipe without a reader",
  SIGXCPU: "it exceeded its CPU time limit (ulimit -t)",
  SIGXFSZ: "it exceeded its file size limit (ulimit -f)",
  SIGALRM: "its alarm timer expired",
};

/** Signals that are recognized by a shell's exit status. Not SIGHUP, since git returns 129 for a wrong option. */
const STATUS_SIGNALS =
  "SIGINT SIGQUIT SIGILL SIGABRT SIGFPE SIGKILL SIGSEGV SIGPIPE SIGALRM SIGTERM SIGXCPU SIGXFSZ".split(
    " ",
  ) as SignalName[];

const BY_STATUS = new Map(STATUS_SIGNALS.map((signal) => [SIGNAL_STATUS + signalNumber(signal), signal]));

/** The sentence, on one line; undefined when nothing is known beyond the exit status. */
export function verdict(facts: EndFacts): string | undefined {
  const text = verdictText(facts);
  // Names chosen by a build must not add lines.
  return text === undefined ? undefined : `${OWN_HEADER}${text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, "?")}`;
}

function verdictText(facts: EndFacts): string | undefined {
  const { end, trouble, fullDisk } = facts;
  switch (end.type) {
    case "start-failed":
      return trouble && troubleText(trouble);
    case "signaled":
      return (end.signal === "SIGKILL" ? oomText(facts) : undefined) ?? signalText(end.signal, facts);
    case "exited":
      if (end.code === NOT_FOUND_STATUS || end.code === CANNOT_RUN_STATUS) return statusText(end.code, trouble);
      return oomText(facts) ?? (fullDisk && diskText(fullDisk)) ?? shellsSignalText(end.code, facts);
    default:
      return end satisfies never;
  }
}

function troubleText({ program, found }: NonNullable<EndFacts["trouble"]>): string {
  switch (found.type) {
    case "missing":
      if (found.elsewhere !== undefined) {
        return `${program} is not in the PATH of this command, but exists as ${found.elsewhere}`;
      }
      return `${program} was not found${found.near === undefined ? "" : `; did you mean ${found.near}?`}`;
    case "directory-missing":
      return `${program} was not found, because the directory ${found.directory} does not exist`;
    case "directory":
      return `${found.path} is a directory`;
    case "not-executable":
      return `${found.path} is not executable for this user (mode ${found.mode.toString(8).padStart(4, "0")})`;
    case "interpreter-missing":
      return `the interpreter ${found.interpreter} in the first line of ${found.path} does not exist`;
    case "carriage-return":
      return `the first line of ${found.path} has a Windows line ending, so a carriage return is part of the interpreter name ${found.interpreter}`;
    case "loader-missing":
      return `${found.path} needs the dynamic loader ${found.loader}, which does not exist`;
    default:
      return found satisfies never;
  }
}

function statusText(code: number, trouble: EndFacts["trouble"]): string {
  const meaning = code === NOT_FOUND_STATUS ? "did not find a program" : "found a program but could not run it";
  const text = `exit code ${code} means that a shell ${meaning}`;
  return trouble === undefined ? text : `${text}: ${troubleText(trouble)}`;
}

/**
 * Uses the count of our own group if there is one, except for an exit code that means SIGKILL: it may come from a
 * container, which is in another group.
 */
function oomText({ end, pid, oomKills, oomVictims }: EndFacts): string | undefined {
  const { group, system } = oomKills;
  const isForAnother = end.type === "exited" && BY_STATUS.get(end.code) === "SIGKILL";
  const count = (isForAnother ? group || system : (group ?? system)) ?? 0;
  if (count === 0) return undefined;
  if (end.type === "signaled" && oomVictims.some((victim) => victim.pid === pid)) {
    return "out of memory: the kernel killed it";
  }
  const names = [...new Set(oomVictims.map(({ program }) => program.replaceAll(/[^ -~]/g, "?")))];
  const victims = `${count} ${count === 1 ? "process" : "processes"}${names.length > 0 ? ` (${names.join(", ")})` : ""}`;
  const guess = end.type === "signaled" ? "probably including this one" : "which is probably why it failed";
  return `out of memory: the kernel killed ${victims} while it ran, ${guess}`;
}

function diskText({ directory, lacks }: FullDisk): string {
  return `the file system of ${directory} is full (no ${lacks} left), which is probably why it failed`;
}

function signalText(signal: SignalName, facts: EndFacts): string {
  const crash = CRASHES[signal];
  if (crash !== undefined) {
    const core = facts.coreFile === undefined ? "" : `; core file: ${facts.coreFile}`;
    const disk = facts.fullDisk === undefined ? "" : `; ${diskText(facts.fullDisk)}`;
    return `crashed with ${signal}: ${crash}${core}${disk}${limitText(signal, facts)}`;
  }
  const other = OTHER_SIGNALS[signal];
  if (other !== undefined) return `ended by ${signal}: ${other}`;
  return `ended by ${signal}, which this worker did not send; the sender is unknown${memoryText(signal, facts)}${limitText(signal, facts)}`;
}

/** Answers the most common question about SIGKILL. */
function memoryText(signal: SignalName, { oomKills: { group, system } }: EndFacts): string {
  const isKnown = signal === "SIGKILL" && (group ?? system) !== undefined;
  return isKnown ? "; it was not killed for lack of memory" : "";
}

function shellsSignalText(code: number, facts: EndFacts): string | undefined {
  const signal = BY_STATUS.get(code);
  if (signal === undefined) return undefined;
  const meaning = CRASHES[signal] ?? OTHER_SIGNALS[signal];
  const text = `exit code ${code} means that a shell's program was ended by ${signal}`;
  const reason = meaning === undefined ? memoryText(signal, facts) : `: ${meaning}`;
  return `${text}${reason}${limitText(signal, facts)}`;
}

/** Limits that the signal does not indicate: CPU time, and memory, which may be refused already at the start. */
function limitText(signal: SignalName, { limits }: EndFacts): string {
  const { cpuSeconds, addressSpaceKib } = limits ?? {};
  const had = [
    ...(cpuSeconds !== undefined && signal === "SIGKILL" ? [`CPU time (ulimit -t ${cpuSeconds})`] : []),
    ...(addressSpaceKib !== undefined && (signal === "SIGKILL" || CRASHES[signal] !== undefined)
      ? [`address space (ulimit -v ${addressSpaceKib})`]
      : []),
  ];
  return had.length === 0 ? "" : `; it had a limit of ${had.join(" and of ")}, which may be the cause`;
}
