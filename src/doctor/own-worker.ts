// Finds the process that runs the workers of the base directory, if any, and reads from its log whether a worker is attached
// to its master.
import { basename } from "node:path";
import { endOfLog, readPidFile, workerProgramAt, worksIn } from "../daemon/index.ts";
import { allPids, readSystemFile } from "../process/tree/index.ts";
import type { Subject } from "./subject.ts";

/** The part of the log's end that is read. */
const LOG_END_BYTES = 256 * 1024;

/** Log lines of Buildhand and of Buildbot's worker after a master has attached it. */
const ATTACHED = /message from master: attached|worker is ready/;
/** Their log lines when it is not attached. */
const DETACHED =
  /Scheduling retry|the same failure again|connection lost: |giving up after|Lost connection to|Starting (?:Build)?[wW]orker|Server Shut Down/;

export interface OwnWorker {
  readonly pid: number;
  /** `unknown`: not found in its log. */
  readonly isAttached: "yes" | "no" | "unknown";
}

/** By its pid file or, in the foreground, where there is none, by its command line. Undefined if no worker is running. */
export function findOwnWorker({
  pid,
  logPath,
  label,
}: Pick<Subject, "pid" | "logPath" | "label">): OwnWorker | undefined {
  const found = readPidFile(pid);
  const running = found.state === "running" ? found.pid : workerInForeground(pid.directory);
  if (running === undefined) return undefined;
  return {
    pid: running,
    isAttached: logPath === undefined ? "unknown" : attachState(endOfLog(logPath, LOG_END_BYTES), label),
  };
}

/** Searches this user's processes, or for root all, for a worker with that working directory. */
function workerInForeground(directory: string): number | undefined {
  return allPids().find((pid) => {
    const words = readSystemFile(`/proc/${pid}/cmdline`)?.split("\0") ?? []; // it may have ended
    return pid !== process.pid && isWorkerProgram(words) && worksIn(pid, directory) === true;
  });
}

/** Recognizes the command line `node …/buildhand.js start …`, or that of Buildbot's worker, which may become twistd. */
export function isWorkerProgram(words: readonly string[]): boolean {
  const at = workerProgramAt(words);
  if (at < 0) return false;
  return (
    basename(words[at] ?? "").startsWith("twistd") ||
    words.slice(at).some((word) => word === "start" || word === "twistd")
  );
}

/** By the last matching line. With several workers, only lines of the process and of this worker count. */
export function attachState(log: string, label = "-"): OwnWorker["isAttached"] {
  const isOfAnother = (line: string) => label !== "-" && !line.includes(` [${label}] `) && !line.includes(" [-] ");
  for (const line of log.split("\n").toReversed()) {
    if (isOfAnother(line)) continue;
    if (ATTACHED.test(line)) return "yes";
    if (DETACHED.test(line)) return "no";
  }
  return "unknown";
}
