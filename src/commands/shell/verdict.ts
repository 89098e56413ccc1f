// One sentence on why a program ended as it did, for those who read its log: the most specific that the facts allow. Pure.

import type { FullDisk, OomKills, OomVictim, ResourceLimits } from "../../process/diagnosis/index.ts";
import type { ProgramTrouble } from "../../process/spawn/index.ts";
import { type SignalName, signalNumber } from "../../process/tree/index.ts";
import { OWN_HEADER } from "../perform.ts";

/** What is known of an end that was neither good nor our doing. */
export interface EndFacts {
  readonly end:
    | { readonly type: "start-failed" }
    | { readonly type: "exited"; readonly code: number }
    | { readonly type: "signaled"; readonly signal: SignalName };
  readonly pid: number | undefined;
  /** What could not be run, as people may see it, and what is the matter with it. */
  readonly trouble: { readonly program: string; readonly found: ProgramTrouble } | undefined;
  /** While it ran. */
  readonly oomKills: OomKills;
  /** The last of those, if known. */
  readonly oomVictims: readonly OomVictim[];
  readonly fullDisk: FullDisk | undefined;
  /** Where its core is. */
  readonly coreFile: string | undefined;
  /** Of the program, or of the shell that gave the exit code; undefined when they are not known. */
  readonly limits?: ResourceLimits | undefined;
}

/** A shell adds this to the number of the signal that ended its child. */
const SIGNAL_STATUS = 128;
/** What a shell gives for what it found and cannot run, and for what it did not find (POSIX, Shell & Utilities 2.8.2). */
const CANNOT_RUN_STATUS = 126;
const NOT_FOUND_STATUS = 127;

/** What a program did that a signal ends. */
const CRASHES: Partial<Record<SignalName, string>> = {
  SIGSEGV: "it touched memory that is not its own",
  SIGBUS: "it touched memory that is not there, such as a mapped file that became shorter",
  SIGILL: "it is made for another processor, or is broken",
  SIGFPE: "it divided by zero, or the like",
  SIGABRT: "it gave up itself, as for a failed assertion",
  SIGTRAP: "it reached a trap, as of a failed assertion",
  SIGSYS: "it made a system call that is forbidden to it",
};

const OTHER_SIGNALS: Partial<Record<SignalName, string>> = {
  SIGPIPE: "it wrote to a pipe that nobody reads any more",
  SIGXCPU: "it used more CPU time than its limit allows (ulimit -t)",
  SIGXFSZ: "it wrote a file larger than its limit allows (ulimit -f)",
  SIGALRM: "its own alarm clock ran out",
};

/** Signals of which a shell tells by an exit status. SIGHUP is left out: git gives 129 for a wrong option. */
const TOLD_BY_STATUS =
  "SIGINT SIGQUIT SIGILL SIGABRT SIGFPE SIGKILL SIGSEGV SIGPIPE SIGALRM SIGTERM SIGXCPU SIGXFSZ".split(
    " ",
  ) as SignalName[];

const BY_STATUS = new Map(TOLD_BY_STATUS.map((signal) => [SIGNAL_STATUS + signalNumber(signal), signal]));

/** The sentence, on one line; undefined when nothing is known beyond what the end says itself. */
export function verdict(facts: EndFacts): string | undefined {
  const text = verdictText(facts);
  // A name that a build chose must not look like further lines.
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
        return `there is no ${program} in the PATH of this command, but there is ${found.elsewhere}`;
      }
      return `there is no ${program}${found.near === undefined ? "" : `; is ${found.near} meant?`}`;
    case "directory-missing":
      return `there is no ${program}, for there is no directory ${found.directory}`;
    case "directory":
      return `${found.path} is a directory`;
    case "not-executable":
      return `${found.path} is not executable for this user (its mode is ${found.mode.toString(8).padStart(4, "0")})`;
    case "interpreter-missing":
      return `the first line of ${found.path} names ${found.interpreter}, which is not there`;
    case "carriage-return":
      return `the first line of ${found.path} ends as on Windows, so that a carriage return is part of the name ${found.interpreter}`;
    case "loader-missing":
      return `${found.path} is for a system with ${found.loader}, which is not there`;
    default:
      return found satisfies never;
  }
}

function statusText(code: number, trouble: EndFacts["trouble"]): string {
  const meaning = code === NOT_FOUND_STATUS ? "did not find" : "found but could not run";
  const text = `exit code ${code} is what a shell gives for a program that it ${meaning}`;
  return trouble === undefined ? text : `${text}: ${troubleText(trouble)}`;
}

/**
 * Where there is a count of our own group it is the one that counts, but for an exit code that stands for SIGKILL: that
 * may be of a container, which is in another group.
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
  const guess = end.type === "signaled" ? "this one probably too" : "which is probably why it failed";
  return `out of memory: the kernel killed ${victims} while it ran, ${guess}`;
}

function diskText({ directory, lacks }: FullDisk): string {
  return `the file system of ${directory} is full (no ${lacks} left), which is probably why it failed`;
}

function signalText(signal: SignalName, facts: EndFacts): string {
  const crash = CRASHES[signal];
  if (crash !== undefined) {
    const core = facts.coreFile === undefined ? "" : `; its core is ${facts.coreFile}`;
    const disk = facts.fullDisk === undefined ? "" : `; ${diskText(facts.fullDisk)}`;
    return `crashed with ${signal}: ${crash}${core}${disk}${limitText(signal, facts)}`;
  }
  const other = OTHER_SIGNALS[signal];
  if (other !== undefined) return `ended by ${signal}: ${other}`;
  return `ended by ${signal}, which this worker did not send; who did is not known${memoryText(signal, facts)}${limitText(signal, facts)}`;
}

/** The first thought of anybody who sees SIGKILL. */
function memoryText(signal: SignalName, { oomKills: { group, system } }: EndFacts): string {
  const isKnown = signal === "SIGKILL" && (group ?? system) !== undefined;
  return isKnown ? ", but the kernel did not for lack of memory" : "";
}

function shellsSignalText(code: number, facts: EndFacts): string | undefined {
  const signal = BY_STATUS.get(code);
  if (signal === undefined) return undefined;
  const meaning = CRASHES[signal] ?? OTHER_SIGNALS[signal];
  const text = `exit code ${code} is what a shell gives for a program that ${signal} ended`;
  const reason = meaning === undefined ? memoryText(signal, facts) : `: ${meaning}`;
  return `${text}${reason}${limitText(signal, facts)}`;
}

/** Limits that the signal itself does not name: of CPU time, and of memory, which may be refused at the start already. */
function limitText(signal: SignalName, { limits }: EndFacts): string {
  const { cpuSeconds, addressSpaceKib } = limits ?? {};
  const had = [
    ...(cpuSeconds !== undefined && signal === "SIGKILL" ? [`CPU time (ulimit -t ${cpuSeconds})`] : []),
    ...(addressSpaceKib !== undefined && (signal === "SIGKILL" || CRASHES[signal] !== undefined)
      ? [`address space (ulimit -v ${addressSpaceKib})`]
      : []),
  ];
  return had.length === 0 ? "" : `; it had a limit of ${had.join(" and of ")}, which may be why`;
}
