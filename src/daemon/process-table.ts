// What the system tells about a process by its pid: a number alone may belong to another process by now.
import { readFileSync, statSync } from "node:fs";
import { constants } from "node:os";

/** Clock ticks in a second: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** `state` and `starttime` are the 3rd and the 22nd field; these are their places behind the command name. */
const STATE_FIELD = 0;
const START_FIELD = 19;

/** Whether a process of that pid runs, whoever it belongs to. One that has ended and was not reaped yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is somebody else's, and it is there.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  // Where nobody reaps orphans, as in many containers, the dead stay in the table for good.
  return !/^[ZX]/.test(statField(pid, STATE_FIELD) ?? "");
}

/** When it began, in ticks since the system did: with the pid, which process this is. Undefined where not told. */
export function startTicks(pid: number): number | undefined {
  const ticks = Number(statField(pid, START_FIELD));
  return Number.isFinite(ticks) ? ticks : undefined;
}

/** When it began by today's clock, in milliseconds since 1970, exact to a second or so; undefined where not told. */
export function startedAtMs(pid: number): number | undefined {
  const ticks = startTicks(pid);
  if (ticks === undefined) return undefined;
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readTable("stat") ?? "")?.[1]);
  const startedMs = (bootSeconds + ticks / TICKS_PER_SECOND) * 1000;
  return Number.isFinite(startedMs) ? startedMs : undefined;
}

/** Whether it has a handler for that signal, which would kill it otherwise; undefined where the system does not tell. */
export function catches(pid: number, signal: NodeJS.Signals): boolean | undefined {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readTable(`${pid}/status`) ?? "")?.[1];
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

function statField(pid: number, field: number): string | undefined {
  const stat = readTable(`${pid}/stat`);
  // The command name may hold anything, brackets and blanks too; behind its closing bracket all is plain.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[field];
}

function readTable(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, "latin1");
  } catch {
    return undefined; // no such process, or not Linux
  }
}
