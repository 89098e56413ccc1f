// Information about a process by its pid. The system may have reused the pid for another process.
import { statSync } from "node:fs";
import { constants } from "node:os";
import { errorCode } from "../base/error-code.ts";
import {
  isZombie,
  processFromPs,
  readProcessStat,
  readSystemFile,
  startTicksOf,
  TICKS_PER_SECOND,
} from "../process/tree/index.ts";

/** Whether a process with that pid runs, of any user. False for a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return false; // EPERM: another user's process
  }
  // In a container whose process 1 does not reap orphans, zombies stay.
  const stat = readProcessStat(pid);
  return stat === undefined || !isZombie(stat);
}

/** Start time by the current clock, in milliseconds since 1970, accurate to about a second; undefined if not available. */
export function startedAtMs(pid: number): number | undefined {
  const ticks = startTicksOf(pid);
  if (ticks === undefined) return processFromPs(pid)?.startedMs;
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readSystemFile("/proc/stat") ?? "")?.[1]);
  const startedMs = (bootSeconds + ticks / TICKS_PER_SECOND) * 1000;
  return Number.isFinite(startedMs) ? startedMs : undefined;
}

/** A worker writes its pid file this soon after its start, even on a busy host. */
const PID_FILE_DELAY_MS = 60_000;
const PROGRAM_NAMES = ["buildhand", "buildbot-worker", "twistd"];

/**
 * Where there is no /proc: whether it is one of those programs, and started shortly before the pid file was written. Both
 * hold for another process only if its pid was reused and the clock was set back by just that much.
 */
export function isWorkerByPs(pid: number, pidPath: string, names: readonly string[] = PROGRAM_NAMES): boolean {
  const known = processFromPs(pid);
  const writtenMs = statSync(pidPath, { throwIfNoEntry: false })?.mtimeMs;
  if (known === undefined || writtenMs === undefined) return false;
  const isNamed = names.some((name) => known.commandLine.includes(name));
  return isNamed && Math.abs(writtenMs - known.startedMs) <= PID_FILE_DELAY_MS;
}

/** Whether it has a handler for the signal; undefined if the system does not report it. */
export function catches(pid: number, signal: NodeJS.Signals): boolean | undefined {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readSystemFile(`/proc/${pid}/status`) ?? "")?.[1];
  if (mask === undefined) return undefined;
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** Whether this is its working directory, under any path; undefined if the system does not report it. */
export function worksIn(pid: number, directory: string): boolean | undefined {
  try {
    const own = statSync(`/proc/${pid}/cwd`);
    const wanted = statSync(directory);
    return own.ino === wanted.ino && own.dev === wanted.dev;
  } catch {
    return undefined; // another user's process, or no /proc
  }
}
