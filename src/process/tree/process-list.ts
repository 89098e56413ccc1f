// The processes of this system, from /proc: pids, parents, sessions. Independent of commands. Without /proc, it knows
// no processes.
import { existsSync, readdirSync } from "node:fs";
import { hasProc } from "../../base/platform.ts";
import { isZombie, type ProcessStat, readProcessStat, TICKS_PER_SECOND } from "./process-stat.ts";
import { signalProcess } from "./signals.ts";
import { readSystemFile } from "./system-file.ts";

/** A running process; neither a zombie nor a kernel thread. */
export interface ListedProcess extends Pick<ProcessStat, "program" | "parent" | "group" | "session" | "startTicks"> {
  readonly pid: number;
  /** It is exiting: its program no longer runs. */
  readonly isEnding?: true;
  /** It is blocked in the kernel and receives no signals; reading its memory may block as well. */
  readonly hangs?: true;
}

/** `PF_EXITING` and `PF_KTHREAD` of the kernel (include/linux/sched.h), in the field for flags. */
const EXITING = 0x4;
const KERNELS_OWN = 0x20_0000;

/** For up to this many pids it is cheaper to try each than to list all processes. */
const TRIED_LIMIT = 256;

const NONE: ReadonlySet<number> = new Set();

/** Replaces a secret program name. */
export const HIDDEN_NAME = "***";

/** Processes named in one message. */
const SHOWN_LIMIT = 10;

/** All pids in ascending order; none without /proc. About 1 µs for each. */
export function allPids(): readonly number[] {
  return entriesOf("/proc").filter(isNumber).map(Number);
}

/**
 * The pids assigned after `pid`, except those in `known`, which cost nothing. If pids may have wrapped around, the
 * result also has older ones; if they have wrapped around and passed `pid` again, those assigned before that are
 * missing.
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
 * The pids of its descendants, up to a limit, without scanning other processes; none without CONFIG_PROC_CHILDREN. One
 * may be missing if another ends at that moment, see proc_pid_task_children(5).
 */
export function descendantsOf(pid: number, limit: number): readonly number[] {
  const found = new Set([pid]);
  for (const one of found) {
    if (found.size > limit) break;
    for (const child of childrenOf(one)) found.add(child);
  }
  return [...found].slice(1, 1 + limit);
}

/** The pids of its children, with the same restrictions. */
export function childrenOf(pid: number): readonly number[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((thread) => {
    const children = readSystemFile(`/proc/${pid}/task/${thread}/children`)?.split(" ") ?? [];
    return children.filter(isNumber).map(Number);
  });
}

/** The pid assigned last, to a process or thread, see proc_loadavg(5); NaN if unknown. */
export function lastPid(): number {
  return Number(readSystemFile("/proc/loadavg")?.trim().split(" ").at(-1));
}

/** The process with that pid; undefined when none is running, or without /proc. Takes 10 to 20 µs. */
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

/** See `ListedProcess`; also for zombies until they are reaped. */
export function startTicksOf(pid: number): number | undefined {
  return readProcessStat(pid)?.startTicks;
}

/** The current time in the unit of `startTicks`; undefined if unknown. */
export function ticksNow(): number | undefined {
  const [uptimeSeconds] = readSystemFile("/proc/uptime")?.split(" ") ?? [];
  return uptimeSeconds === undefined ? undefined : Math.floor(Number(uptimeSeconds) * TICKS_PER_SECOND);
}

/** Whether it is still running, and its pid was not reused. Without /proc, only whether there is a process with its pid. */
export function isStillThere({ pid, startTicks }: ListedProcess): boolean {
  if (!hasProc) return signalProcess(pid, 0);
  return readProcess(pid)?.startTicks === startTicks;
}

/** The names in a directory; none if it cannot be read. */
export function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no /proc, or a process that is gone or belongs to another user
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

/** Not a thread: those have directories in /proc too, which are not listed. */
function isProcess(pid: number): boolean {
  // Cheaper than an exception, and most pids are unused.
  if (!existsSync(`/proc/${pid}`)) return false;
  return readSystemFile(`/proc/${pid}/status`)?.includes(`\nTgid:\t${pid}\n`) === true;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
