// The worker that runs in the base directory already, if one does, and where its log says that it stands with its master.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { readPidFile } from "../daemon/pid-file.ts";
import type { Subject } from "./subject.ts";

/** More of the log's end is not read. */
const LOG_END_BYTES = 256 * 1024;

/** What either worker logs when a master has taken it in. */
const ATTACHED = /message from master: attached|worker is ready/;
/** What they log when that is over, or has not happened yet. */
const DETACHED =
  /Scheduling retry|the same failure again|connection lost: |giving up after|Lost connection to|Starting (?:Build)?[wW]orker|Server Shut Down/;

export interface OwnWorker {
  readonly pid: number;
  /** `unknown`: its log does not tell. */
  readonly isAttached: "yes" | "no" | "unknown";
}

/** Undefined when none runs, as far as its pid file tells. */
export function findOwnWorker({ pid, logPath }: Pick<Subject, "pid" | "logPath">): OwnWorker | undefined {
  const found = readPidFile(pid);
  if (found.state !== "running") return undefined;
  return { pid: found.pid, isAttached: logPath === undefined ? "unknown" : standing(endOf(logPath)) };
}

/** By the last line that tells. */
export function standing(log: string): OwnWorker["isAttached"] {
  for (const line of log.split("\n").toReversed()) {
    if (ATTACHED.test(line)) return "yes";
    if (DETACHED.test(line)) return "no";
  }
  return "unknown";
}

function endOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, LOG_END_BYTES));
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
  } catch {
    return ""; // another user's, or none
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
