// The processes of this system, as /proc tells of them: who they are, whose children, in which session. Knows nothing of
// commands. Where there is no /proc, nothing is known of any process.
import { readdirSync, readFileSync } from "node:fs";

/** A process that runs; zombies do not. */
export interface ListedProcess {
  readonly pid: number;
  /** Its program as the kernel calls it, at most 15 bytes: no argument, which may be a secret, is part of it. */
  readonly program: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it began, in ticks since the system did: with the pid, which process this is. */
  readonly startTicks: number;
}

/** Places of the fields of /proc/<pid>/stat behind the name of the program, see proc_pid_stat(5). */
const FIELD = { state: 0, parent: 1, group: 2, session: 3, startTicks: 19 } as const;

/** How many processes a sentence names. */
const SHOWN_LIMIT = 10;

/** All processes that run, by their pids; undefined where the system does not tell. Some 10 to 20 µs for each. */
export function listProcesses(): ReadonlyMap<number, ListedProcess> | undefined {
  const processes = new Map<number, ListedProcess>();
  for (const name of entriesOf("/proc")) {
    const found = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (found !== undefined) processes.set(found.pid, found);
  }
  return processes.size === 0 ? undefined : processes;
}

/** The process of that number; undefined when none runs, or the system does not tell. */
export function readProcess(pid: number): ListedProcess | undefined {
  const found = readStat(pid);
  return found === undefined || /^[ZX]/.test(found.state) ? undefined : found.process;
}

/** See `ListedProcess`; zombies have one too, until they are reaped. */
export function startTicksOf(pid: number): number | undefined {
  return readStat(pid)?.process.startTicks;
}

/** Whether it still runs, and its number is not another's by now. */
export function isStillThere({ pid, startTicks }: ListedProcess): boolean {
  return readProcess(pid)?.startTicks === startTicks;
}

/** What it was started with; undefined when it is not ours to read. */
export function environmentOf(pid: number): string | undefined {
  return readLatin1(`/proc/${pid}/environ`);
}

/** The names in a directory, none where it cannot be read. */
export function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no /proc, a process that is gone, or another user's
  }
}

/** `process 12 (sh), process 13 (sleep)`, for people. */
export function namesOf(processes: readonly ListedProcess[]): string {
  const shown = processes
    .slice(0, SHOWN_LIMIT)
    .map(({ pid, program }) => `process ${pid} (${program.replaceAll(/[^ -~]/g, "?")})`);
  const more = processes.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function readStat(pid: number): { readonly process: ListedProcess; readonly state: string } | undefined {
  const stat = readLatin1(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // pid (program) state …, where the program may hold anything, brackets and line ends too.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const process = {
    pid,
    program: stat.slice(stat.indexOf("(") + 1, end),
    parent: Number(fields[FIELD.parent]),
    group: Number(fields[FIELD.group]),
    session: Number(fields[FIELD.session]),
    startTicks: Number(fields[FIELD.startTicks]),
  };
  return { process, state: fields[FIELD.state] ?? "" };
}

function readLatin1(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // it ended meanwhile, is another user's, or there is no /proc
  }
}
