// Information about a process by its pid. The system may have reused the pid for another process.
import { statSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";
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

const WORKER_PROGRAM = /^(?:buildhand(?:\.js)?|buildbot-worker|twistd3?)$/;

/** Where a command line names a program that runs workers: an interpreter with options may precede it. -1 if it does not. */
export function workerProgramAt(words: readonly string[]): number {
  return words.findIndex((word) => WORKER_PROGRAM.test(basename(word)));
}

/**
 * Where there is no /proc: whose worker the process is, if it is one, and started shortly before the pid file was written.
 * Both hold for another process only if its pid was reused and the clock was set back by just that much.
 */
export function workerByPs(pid: number, pidPath: string): "buildhand" | "buildbot" | undefined {
  const known = processFromPs(pid);
  const writtenMs = statSync(pidPath, { throwIfNoEntry: false })?.mtimeMs;
  if (known === undefined || writtenMs === undefined) return undefined;
  const words = known.commandLine.split(" ");
  const at = workerProgramAt(words);
  if (at < 0 || Math.abs(writtenMs - known.startedMs) > PID_FILE_DELAY_MS) return undefined;
  const names = [words[0], words[at]].map((word = "") => basename(word));
  return names.some((name) => /^(?:node|buildhand)/.test(name)) ? "buildhand" : "buildbot";
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
