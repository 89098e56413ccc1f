// twistd.pid has the pid of the worker's process. The Python worker writes and reads the same file.
import { linkSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorCode } from "../base/error-code.ts";
import { systemReason } from "../base/system-error.ts";
import { delay } from "../base/waiting.ts";
import { type FileReading, readRegularFile } from "../config/index.ts";
import { systemControl } from "./control.ts";
import { daemonErrors } from "./errors.ts";
import { isAlive, startedAtMs, worksIn } from "./process-table.ts";

export interface PidPlace {
  /** Absolute path of the file. */
  readonly path: string;
  /** Absolute: the working directory of the worker's process. */
  readonly directory: string;
}

export type PidFile =
  | { readonly state: "absent" }
  /** `reason` follows the file's path in a sentence: "contains 'x', which …". */
  | { readonly state: "unreadable"; readonly reason: string }
  /** No process, or not a worker of this directory. */
  | { readonly state: "stale"; readonly pid: number }
  | { readonly state: "running"; readonly pid: number };

/** The process table has coarse times. A pid is not reused within this time. */
const START_SLACK_MS = 2000;
/** A pid has at most ten digits. */
const LIMIT_BYTES = 64;
/** Attempts while another process removes a stale file, which is quick. */
const MOST_ATTEMPTS = 100;
const RETRY_MS = 20;

/** BASEDIR/twistd.pid, or the given path, which may be relative to the base directory. */
export function pidPlace(directory: string, given = "twistd.pid"): PidPlace {
  return { path: resolve(directory, given), directory };
}

/** Reads the file and checks that the process is a worker of the directory. */
export function readPidFile(place: PidPlace): PidFile {
  const control = systemControl();
  if (control !== undefined) return control.readPid(place.directory);
  const reading = readRegularFile(place.path, LIMIT_BYTES);
  if (!reading.ok) return notRead(reading);
  const pid = Number(reading.text);
  if (!/^\s*\d+\s*$/.test(reading.text) || !Number.isSafeInteger(pid) || pid < 1) {
    return { state: "unreadable", reason: `contains '${reading.text.trim()}', which is not a process id` };
  }
  return { state: isWorker(pid, place) ? "running" : "stale", pid };
}

/**
 * Creates the file with this process's pid, without newline as in twistd. If several processes try, one succeeds. Rejects
 * with ERR_ALREADY_RUNNING and ERR_PID_FILE.
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
 * Removes the file if it is stale, but never a new one that another process has just created. Rejects with ERR_PID_FILE.
 */
export async function removeStale(place: PidPlace): Promise<void> {
  // A hard link is the lock for the removal: only one process can create it.
  const lock = `${place.path}.stale`;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    if (attempting(place.path, "removed", () => acquire(place.path, lock))) {
      if (readPidFile(place).state === "stale") attempting(place.path, "removed", () => unlinkSync(place.path));
      attempting(lock, "removed", () => unlinkSync(lock));
      return;
    }
    if (readPidFile(place).state !== "stale") return;
    await delay(systemClock, RETRY_MS);
  }
  throw daemonErrors.pidFile(
    place.path,
    `is stale and another process is removing it; if there is no such process, remove ${lock}`,
  );
}

/** Removes the file if it still has this process's pid. Logs a failure; the next start detects that the file is stale. */
export function removePidFile({ path }: PidPlace, logLine: (sentence: string) => void): void {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok || reading.text !== String(process.pid)) return;
  try {
    unlinkSync(path);
  } catch (error) {
    logLine(daemonErrors.pidFile(path, `cannot be removed: ${systemReason(error)}`).message);
  }
}

function notRead({ reason }: FileReading & { readonly ok: false }): PidFile {
  if (reason === "No such file or directory") return { state: "absent" };
  return { state: "unreadable", reason: `cannot be read: ${reason}` };
}

function isWorker(pid: number, { path, directory }: PidPlace): boolean {
  // In a container pids repeat at each start, so an old file may have our own pid.
  if (pid === process.pid || !isAlive(pid)) return false;
  const known = worksIn(pid, directory);
  // Both kinds of worker change to their base directory. The start time is less reliable: it is wrong after a clock change.
  return known ?? !startedAfter(pid, path);
}

function startedAfter(pid: number, path: string): boolean {
  const startedMs = startedAtMs(pid);
  const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return startedMs !== undefined && writtenMs !== undefined && startedMs > writtenMs + START_SLACK_MS;
}

/** False if the file exists. It is created together with its content, so that no process reads part of a pid. */
function create(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  return attempting(path, "written", () => {
    try {
      writeFileSync(draft, String(process.pid), { mode: 0o600 });
      const isOurs = acquire(draft, path);
      // Has no effect on a link; without links it replaces the empty file atomically.
      if (isOurs) renameSync(draft, path);
      return isOurs;
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

/** Creates a hard link to the file. False if the link exists already, or the file does not. */
function acquire(path: string, lock: string): boolean {
  try {
    linkSync(path, lock);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" || code === "ENOENT") return false;
  }
  // The file system has no hard links.
  try {
    writeFileSync(lock, "", { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function attempting<Result>(path: string, what: "written" | "removed", act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw daemonErrors.pidFile.from(error, path, `cannot be ${what}: ${systemReason(error)}`);
  }
}
