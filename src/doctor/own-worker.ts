// The process that runs the workers of the base directory already, if one does, and where its log says that a worker stands
// with its master.
import { basename } from "node:path";
import { endOfLog, readPidFile, worksIn } from "../daemon/index.ts";
import { allPids, readSystemFile } from "../process/tree/index.ts";
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

/** Undefined when none runs: by its pid file, or in the foreground, where there is none. */
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
    isAttached: logPath === undefined ? "unknown" : standing(endOfLog(logPath, LOG_END_BYTES), label),
  };
}

/** Of this user's processes, or for root of all, the one that is a worker and works in that directory. */
function workerInForeground(directory: string): number | undefined {
  return allPids().find((pid) => {
    const words = readSystemFile(`/proc/${pid}/cmdline`)?.split("\0") ?? []; // it may have ended
    return pid !== process.pid && isWorkerProgram(words) && worksIn(pid, directory) === true;
  });
}

/** By its command line: `node …/buildhand.js start …`, or the same of Buildbot's worker, which may become twistd. */
export function isWorkerProgram(words: readonly string[]): boolean {
  // An interpreter may stand before the program, with options of its own.
  const at = words.findIndex((word) => WORKER_PROGRAM.test(basename(word)));
  if (at < 0) return false;
  return (
    basename(words[at] ?? "").startsWith("twistd") ||
    words.slice(at).some((word) => word === "start" || word === "twistd")
  );
}

const WORKER_PROGRAM = /^(?:buildhand(?:\.js)?|buildbot-worker|twistd3?)$/;

/** By the last line that tells. Of several workers, lines of the process and its own count. */
export function standing(log: string, label = "-"): OwnWorker["isAttached"] {
  const isOfAnother = (line: string) => label !== "-" && !line.includes(` [${label}] `) && !line.includes(" [-] ");
  for (const line of log.split("\n").toReversed()) {
    if (isOfAnother(line)) continue;
    if (ATTACHED.test(line)) return "yes";
    if (DETACHED.test(line)) return "no";
  }
  return "unknown";
}
