// The processes of this system, as /proc tells of them: who they are, whose children, in which session. Knows nothing of
// commands. Where there is no /proc, nothing is known of any process.
import { existsSync, readdirSync } from "node:fs";
import { isZombie, type ProcessStat, readProcessStat, TICKS_PER_SECOND } from "./process-stat.ts";
import { readSystemFile } from "./system-file.ts";

/** A process that runs; zombies do not, and the kernel's own threads are none. */
export interface ListedProcess extends Pick<ProcessStat, "program" | "parent" | "group" | "session" | "startTicks"> {
  readonly pid: number;
  /** Its end has begun: nothing of its program runs any more. */
  readonly isEnding?: true;
  /** It waits in the kernel and hears no signal meanwhile; whoever looks into its memory may come to wait with it. */
  readonly hangs?: true;
}

/** `PF_EXITING` and `PF_KTHREAD` of the kernel (include/linux/sched.h), in the field for flags. */
const EXITING = 0x4;
const KERNELS_OWN = 0x20_0000;

/** Up to so many numbers it costs less to try each than to list all processes. */
const TRIED_LIMIT = 256;

const NONE: ReadonlySet<number> = new Set();

/** Stands for the name of a program that people may not see. */
export const HIDDEN_NAME = "***";

/** How many processes a sentence names. */
const SHOWN_LIMIT = 10;

/** The numbers of all processes, in their order; none where the system does not tell. About 1 µs for each. */
export function allPids(): readonly number[] {
  return entriesOf("/proc").filter(isNumber).map(Number);
}

/**
 * The numbers of the processes that began since that number was given out: others too where the system may have begun its
 * numbers anew, and none of those that it gave out before, should it have come past that number again. Nor is one of
 * `known` among them, which costs nothing then.
 */
export function pidsSince(pid: number, known: ReadonlySet<number> = NONE): readonly number[] {
  const count = lastPid() - pid;
  if (count >= 0 && count <= TRIED_LIMIT) {
    const next = Array.from({ length: count }, (_, index) => pid + 1 + index);
    return next.filter((one) => !known.has(one) && isProcess(one));
  }
  return allPids().filter((one) => !known.has(one) && (one > pid || !(count >= 0)));
}

/**
 * The numbers of its descendants, at most so many, without a look at other processes; none where the system does not tell
 * (CONFIG_PROC_CHILDREN). One may be missing if another ends at that moment, see proc_pid_task_children(5).
 */
export function descendantsOf(pid: number, limit: number): readonly number[] {
  const found = new Set([pid]);
  for (const one of found) {
    if (found.size > limit) break;
    for (const child of childrenOf(one)) found.add(child);
  }
  return [...found].slice(1, 1 + limit);
}

/** The numbers of its children, as for `descendantsOf`. */
export function childrenOf(pid: number): readonly number[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((thread) => {
    const children = readSystemFile(`/proc/${pid}/task/${thread}/children`)?.split(" ") ?? [];
    return children.filter(isNumber).map(Number);
  });
}

/** The number that was given out last, be it to a thread, see proc_loadavg(5); NaN where the system does not tell. */
export function lastPid(): number {
  return Number(readSystemFile("/proc/loadavg")?.trim().split(" ").at(-1));
}

/** The process of that number; undefined when none runs, or the system does not tell. Some 10 to 20 µs. */
export function readProcess(pid: number): ListedProcess | undefined {
  const stat = readProcessStat(pid);
  if (stat === undefined || isZombie(stat) || (stat.flags & KERNELS_OWN) !== 0) return undefined;
  return {
    pid,
    ...stat,
    ...(stat.threadCount <= 1 && (stat.flags & EXITING) !== 0 ? { isEnding: true } : {}),
    ...(stat.state === "D" ? { hangs: true } : {}),
  };
}

/** See `ListedProcess`; zombies have one too, until they are reaped. */
export function startTicksOf(pid: number): number | undefined {
  return readProcessStat(pid)?.startTicks;
}

/** When a process would begin that began now, as `startTicks` count; undefined where the system does not tell. */
export function ticksNow(): number | undefined {
  const [uptimeSeconds] = readSystemFile("/proc/uptime")?.split(" ") ?? [];
  return uptimeSeconds === undefined ? undefined : Math.floor(Number(uptimeSeconds) * TICKS_PER_SECOND);
}

/** Whether it still runs, and its number is not another's by now. */
export function isStillThere({ pid, startTicks }: ListedProcess): boolean {
  return readProcess(pid)?.startTicks === startTicks;
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

/** Threads have their places in /proc too, which no listing shows. */
function isProcess(pid: number): boolean {
  // An exception would cost more than to ask, and most numbers are nobody's any more.
  if (!existsSync(`/proc/${pid}`)) return false;
  return readSystemFile(`/proc/${pid}/status`)?.includes(`\nTgid:\t${pid}\n`) === true;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
