// What the system tells about a process by its pid: a number alone may belong to another process by now.
import { statSync } from "node:fs";
import { constants } from "node:os";
import { errorCode } from "../base/error-code.ts";
import { isZombie, readProcessStat, readSystemFile, startTicksOf, TICKS_PER_SECOND } from "../process/tree/index.ts";

/** Whether a process of that pid runs, whoever it belongs to. One that has ended and was not reaped yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return false; // EPERM: it is another user's
  }
  // Where nobody reaps orphans, as in many containers, the dead stay in the table for good.
  const stat = readProcessStat(pid);
  return stat === undefined || !isZombie(stat);
}

/** When it began by today's clock, in milliseconds since 1970, exact to a second or so; undefined where not told. */
export function startedAtMs(pid: number): number | undefined {
  const ticks = startTicksOf(pid);
  if (ticks === undefined) return undefined;
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readSystemFile("/proc/stat") ?? "")?.[1]);
  const startedMs = (bootSeconds + ticks / TICKS_PER_SECOND) * 1000;
  return Number.isFinite(startedMs) ? startedMs : undefined;
}

/** Whether it has a handler for that signal, which would kill it otherwise; undefined where the system does not tell. */
export function catches(pid: number, signal: NodeJS.Signals): boolean | undefined {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readSystemFile(`/proc/${pid}/status`) ?? "")?.[1];
  if (mask === undefined) return undefined;
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** Whether its working directory is this one, by whatever path; undefined where the system does not tell. */
export function worksIn(pid: number, directory: string): boolean | undefined {
  try {
    const own = statSync(`/proc/${pid}/cwd`);
    const wanted = statSync(directory);
    return own.ino === wanted.ino && own.dev === wanted.dev;
  } catch {
    return undefined; // somebody else's process, or no such table
  }
}
