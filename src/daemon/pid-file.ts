// twistd.pid: which process runs a base directory's worker. The Python worker writes and reads the same file.
import { linkSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorCode } from "../base/error-code.ts";
import { systemReason } from "../base/system-error.ts";
import { delay } from "../base/waiting.ts";
import { type FileReading, readRegularFile } from "../config/index.ts";
import { daemonErrors } from "./errors.ts";
import { isAlive, startedAtMs, worksIn } from "./process-table.ts";

export interface PidPlace {
  /** Absolute path of the file. */
  readonly path: string;
  /** Absolute: where the worker's process has its working directory. */
  readonly directory: string;
}

export type PidFile =
  | { readonly state: "absent" }
  /** `reason` goes on from the file's path: "holds 'x', which …". */
  | { readonly state: "unreadable"; readonly reason: string }
  /** No process, or one that is no worker of this directory. */
  | { readonly state: "stale"; readonly pid: number }
  | { readonly state: "running"; readonly pid: number };

/** The clock of the process table is coarse; a pid does not come round again within this time. */
const START_SLACK_MS = 2000;
/** A pid has at most ten digits. */
const LIMIT_BYTES = 64;
/** How long to wait for another process that is about to remove a stale file, which takes it no time. */
const MOST_ATTEMPTS = 100;
const RETRY_MS = 20;

/** BASEDIR/twistd.pid, or another one that was asked for; relative paths start at the base directory. */
export function pidPlace(directory: string, given = "twistd.pid"): PidPlace {
  return { path: resolve(directory, given), directory };
}

/** What the file says, and whether that is so. */
export function readPidFile(place: PidPlace): PidFile {
  const reading = readRegularFile(place.path, LIMIT_BYTES);
  if (!reading.ok) return notRead(reading);
  const pid = Number(reading.text);
  if (!/^\s*\d+\s*$/.test(reading.text) || !Number.isSafeInteger(pid) || pid < 1) {
    return { state: "unreadable", reason: `holds '${reading.text.trim()}', which is no process id` };
  }
  return { state: isWorker(pid, place) ? "running" : "stale", pid };
}

/**
 * Makes the file with this process's pid, without newline, as twistd does; of several processes that try, one succeeds.
 * Rejects with ERR_ALREADY_RUNNING and ERR_PID_FILE.
 */
export async function claimPidFile(place: PidPlace): Promise<void> {
  while (!create(place.path)) {
    const found = readPidFile(place);
    if (found.state === "running") throw daemonErrors.alreadyRunning(found.pid, place.path);
    if (found.state === "unreadable") throw daemonErrors.pidFile(place.path, found.reason);
    if (found.state === "stale") await removeStale(place);
  }
}

/**
 * Removes the file if it is stale, and never one that another process has just made in its place. Rejects with
 * ERR_PID_FILE.
 */
export async function removeStale(place: PidPlace): Promise<void> {
  // A second name for the file is the right to remove it: only one process can make that name.
  const right = `${place.path}.stale`;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    if (trying(place.path, "removed", () => takeRight(place.path, right))) {
      if (readPidFile(place).state === "stale") trying(place.path, "removed", () => unlinkSync(place.path));
      trying(right, "removed", () => unlinkSync(right));
      return;
    }
    if (readPidFile(place).state !== "stale") return;
    await delay(systemClock, RETRY_MS);
  }
  throw daemonErrors.pidFile(
    place.path,
    `is stale and somebody else is removing it; if that is not so, remove ${right}`,
  );
}

/** Removes the file if it is still this process's own; says so if it cannot. The next start knows that it is stale. */
export function removePidFile({ path }: PidPlace, say: (sentence: string) => void): void {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok || reading.text !== String(process.pid)) return;
  try {
    unlinkSync(path);
  } catch (error) {
    say(daemonErrors.pidFile(path, `cannot be removed: ${systemReason(error)}`).message);
  }
}

function notRead({ reason }: FileReading & { readonly ok: false }): PidFile {
  if (reason === "No such file or directory") return { state: "absent" };
  return { state: "unreadable", reason: `cannot be read: ${reason}` };
}

function isWorker(pid: number, { path, directory }: PidPlace): boolean {
  // A container begins with the same pids each time, so an old file may well name ourselves.
  if (pid === process.pid || !isAlive(pid)) return false;
  const known = worksIn(pid, directory);
  // Both workers go to their base directory. The time of the start is second best: a clock that was set tells it wrong.
  return known ?? !beganAfter(pid, path);
}

function beganAfter(pid: number, path: string): boolean {
  const startedMs = startedAtMs(pid);
  const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return startedMs !== undefined && writtenMs !== undefined && startedMs > writtenMs + START_SLACK_MS;
}

/** False when there is one. It appears with its content: nobody reads half a pid. */
function create(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  return trying(path, "written", () => {
    try {
      writeFileSync(draft, String(process.pid), { mode: 0o600 });
      const isOurs = takeRight(draft, path);
      // Does nothing to a link; the empty file of a file system without links gets its content in one go.
      if (isOurs) renameSync(draft, path);
      return isOurs;
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

/** Gives a file a second name. False when somebody else has that, or the file is gone. */
function takeRight(path: string, right: string): boolean {
  try {
    linkSync(path, right);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" || code === "ENOENT") return false;
  }
  // A file system without links.
  try {
    writeFileSync(right, "", { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function trying<Result>(path: string, what: "written" | "removed", act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw daemonErrors.pidFile.from(error, path, `cannot be ${what}: ${systemReason(error)}`);
  }
}
