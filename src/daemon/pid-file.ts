// twistd.pid: which process runs a base directory's worker. The Python worker writes and reads the same file.
import { linkSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { errors } from "../base/errors.ts";
import { type FileReading, readRegularFile } from "../config/regular-file.ts";
import { systemReason } from "../config/system-reason.ts";
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
/** More processes than that do not start at the same moment by accident. */
const MOST_ATTEMPTS = 100;

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
 * Throws ERR_ALREADY_RUNNING and ERR_PID_FILE.
 */
export function claimPidFile(place: PidPlace): void {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    if (create(place.path)) return;
    const found = readPidFile(place);
    if (found.state === "running") throw errors.alreadyRunning(found.pid, place.path);
    if (found.state === "unreadable") throw errors.pidFile(place.path, found.reason);
    if (found.state === "stale") removeStale(place, found.pid);
  }
  throw errors.pidFile(place.path, "comes back whenever it is removed");
}

/**
 * Removes a file that was found stale with that pid. Of several processes one gets it, by renaming it; when that was
 * another's new one, it is put back. Throws ERR_PID_FILE.
 */
export function removeStale({ path }: PidPlace, pid: number): void {
  const aside = `${path}.stale.${process.pid}`;
  attempt(path, "removed", () => {
    if (!unlessCode("ENOENT", () => renameSync(path, aside))) return;
    const reading = readRegularFile(aside, LIMIT_BYTES);
    if (reading.ok && Number(reading.text) === pid) unlinkSync(aside);
    else renameSync(aside, path);
  });
}

/** Removes the file if it is still this process's own. */
export function removePidFile({ path }: PidPlace): void {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok || reading.text !== String(process.pid)) return;
  attempt(path, "removed", () => unlinkSync(path));
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
  return attempt(path, "written", () => {
    writeFileSync(draft, String(process.pid), { mode: 0o600 });
    try {
      return unlessCode("EEXIST", () => linkSync(draft, path));
    } catch {
      // A file system without links.
      return unlessCode("EEXIST", () => writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 }));
    } finally {
      unlinkSync(draft);
    }
  });
}

/** False when the system refused it for that reason; throws any other. */
function unlessCode(code: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return false;
    throw error;
  }
}

function attempt<Result>(path: string, what: "written" | "removed", act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw errors.pidFile.from(error, path, `cannot be ${what}: ${systemReason(error)}`);
  }
}
