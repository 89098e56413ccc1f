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
  /** Its end has begun: nothing of its program runs any more. */
  readonly isEnding?: true;
  /** It waits in the kernel and hears no signal meanwhile; whoever looks into its memory may come to wait with it. */
  readonly hangs?: true;
}

/** Places of the fields of /proc/<pid>/stat behind the name of the program, see proc_pid_stat(5). */
const FIELD = { state: 0, parent: 1, group: 2, session: 3, flags: 6, threadCount: 17, startTicks: 19 } as const;

/** `PF_EXITING` of the kernel (include/linux/sched.h), in the field for flags. */
const EXITING = 0x4;

/** Up to so many numbers it costs less to try each than to list all processes. */
const TRIED_LIMIT = 256;

/** How many newcomers are looked at in one go: where more come, there is no end to it. */
const NEWCOMER_LIMIT = 256;

/** How many processes a sentence names. */
const SHOWN_LIMIT = 10;

/** All processes that run, by their pids; undefined where the system does not tell. Some 10 to 20 µs for each. */
export function listProcesses(): ReadonlyMap<number, ListedProcess> | undefined {
  const pids = entriesOf("/proc").filter((name) => /^\d+$/.test(name));
  const processes = readAll(pids.map(Number));
  return processes.size === 0 ? undefined : processes;
}

/**
 * The processes that may have begun since the one with that number did. Few numbers were given out since then as a rule;
 * only if they may have begun anew meanwhile does this cost as much as a list of all.
 */
export function listProcessesSince(pid: number): ReadonlyMap<number, ListedProcess> | undefined {
  const count = lastPid() - pid;
  if (!(count >= 0 && count <= TRIED_LIMIT)) return listProcesses();
  const listed = readAll(Array.from({ length: count }, (_, index) => pid + 1 + index));
  return new Map([...listed].filter(([one]) => isNoThread(one)));
}

/**
 * One process after the other, each looked at when it is asked for; then those that began meanwhile, threads among them,
 * until for a moment there are none. For whoever has to catch processes that start others and end.
 */
export function* eachProcess(): Generator<ListedProcess> {
  let seen = lastPid();
  for (const name of entriesOf("/proc")) {
    const found = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (found !== undefined) yield found;
  }
  let count = 0;
  for (let last = lastPid(); last > seen && count < NEWCOMER_LIMIT; last = lastPid()) {
    for (; seen < last && count < NEWCOMER_LIMIT; count += 1) {
      seen += 1;
      const found = readProcess(seen);
      if (found !== undefined) yield found;
    }
  }
}

/** The process of that number; undefined when none runs, or the system does not tell. */
export function readProcess(pid: number): ListedProcess | undefined {
  const found = readStat(pid);
  return found?.runs ? found.process : undefined;
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

interface Stat {
  readonly process: ListedProcess;
  readonly runs: boolean;
}

function readAll(pids: readonly number[]): ReadonlyMap<number, ListedProcess> {
  const processes = new Map<number, ListedProcess>();
  for (const pid of pids) {
    const found = readProcess(pid);
    if (found !== undefined) processes.set(pid, found);
  }
  return processes;
}

function readStat(pid: number): Stat | undefined {
  const stat = readLatin1(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // pid (program) state …, where the program may hold anything, brackets and line ends too.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const numberAt = (name: keyof typeof FIELD) => Number(fields[FIELD[name]]);
  const state = fields[FIELD.state] ?? "";
  // The thread that a process began with may be a zombie while others go on.
  const isLastThread = numberAt("threadCount") <= 1;
  const isEnding = isLastThread && (numberAt("flags") & EXITING) !== 0;
  const process = {
    pid,
    program: stat.slice(stat.indexOf("(") + 1, end),
    parent: numberAt("parent"),
    group: numberAt("group"),
    session: numberAt("session"),
    startTicks: numberAt("startTicks"),
    ...(isEnding ? { isEnding } : {}),
    ...(state === "D" ? { hangs: true as const } : {}),
  };
  return { process, runs: !(/^[ZX]/.test(state) && isLastThread) };
}

/** Threads have their places in /proc too, which no listing shows. */
export function isNoThread(pid: number): boolean {
  return new RegExp(`^Tgid:\\s*${pid}$`, "m").test(readLatin1(`/proc/${pid}/status`) ?? "");
}

/** The number that was given out last, be it to a thread, see proc_loadavg(5); NaN where the system does not tell. */
function lastPid(): number {
  return Number(readLatin1("/proc/loadavg")?.trim().split(" ").at(-1));
}

function readLatin1(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // it ended meanwhile, is another user's, or there is no /proc
  }
}
