// Ends the worker that runs a base directory: at once, whichever program started it, or ours once its builds are over.
import type { Clock } from "../base/clock.ts";
import { systemReason } from "../base/system-error.ts";
import { delay } from "../base/waiting.ts";
import { startTicksOf } from "../process/tree/index.ts";
import { daemonErrors } from "./errors.ts";
import { type PidPlace, readPidFile } from "./pid-file.ts";
import { catches, isAlive, worksIn } from "./process-table.ts";
import { DRAIN_SIGNAL } from "./stop-request.ts";

export type StopOutcome =
  | { readonly state: "not-running" }
  | { readonly state: "dead"; readonly pid: number }
  /** It did not go within the deadline. */
  | { readonly state: "alive"; readonly pid: number };

export interface GracefulStop {
  /** How long to wait; undefined: until it is gone. */
  readonly timeoutMs: number | undefined;
  /** It was told to; called once. */
  readonly onAsked: (pid: number) => void;
  /** Called now and then while it is there. */
  readonly onWait: (waitedMs: number) => void;
}

/** As long as the real worker's stop waits. */
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;
/** Between two reports of a graceful stop. */
const REPORT_MS = 10_000;

/**
 * Sends SIGTERM and waits for the end. A pid that has another owner by now is as good as dead and left alone. Throws
 * ERR_PID_FILE, and ERR_NOT_STOPPED when the process may not be signalled, or may be a stranger.
 */
export async function stopWorker(place: PidPlace, clock: Clock): Promise<StopOutcome> {
  return signalAndWait(place, clock, { signal: "SIGTERM", deadlineMs: STOP_DEADLINE_MS });
}

/**
 * Tells a worker of ours to end once no build runs on it, and waits; it goes on with that when the time is over. Throws
 * as stopWorker does, and ERR_NO_GRACEFUL_STOP for a worker that the signal would kill, which is left alone.
 */
export async function stopGracefully(place: PidPlace, clock: Clock, request: GracefulStop): Promise<StopOutcome> {
  const { timeoutMs: deadlineMs, onAsked, onWait } = request;
  return signalAndWait(place, clock, { signal: DRAIN_SIGNAL, deadlineMs, onAsked, onWait });
}

interface Way extends Partial<Pick<GracefulStop, "onAsked" | "onWait">> {
  readonly signal: "SIGTERM" | typeof DRAIN_SIGNAL;
  readonly deadlineMs: number | undefined;
}

async function signalAndWait(place: PidPlace, clock: Clock, way: Way): Promise<StopOutcome> {
  const found = readPidFile(place);
  if (found.state === "absent") return { state: "not-running" };
  if (found.state === "unreadable") throw daemonErrors.pidFile(place.path, found.reason);
  const { state, pid } = found;
  if (state === "stale") return { state: "dead", pid };
  const began = startTicksOf(pid);
  if (worksIn(pid, place.directory) === undefined) {
    if (!isAlive(pid) || !send(pid, 0)) return { state: "dead", pid };
    // The time of its start fits, which proves nothing.
    const reason = "its working directory cannot be read, which would tell whether it belongs to";
    throw daemonErrors.notStopped(pid, `${reason} ${place.directory}`);
  }
  if (way.signal === DRAIN_SIGNAL && catches(pid, DRAIN_SIGNAL) !== true) {
    if (!isAlive(pid)) return { state: "dead", pid };
    throw daemonErrors.noGracefulStop(pid);
  }
  if (!send(pid, way.signal)) return { state: "dead", pid };
  way.onAsked?.(pid);
  const beganMs = clock.nowMs();
  let nextReportMs = REPORT_MS;
  while (isAlive(pid) && startTicksOf(pid) === began) {
    const waitedMs = clock.nowMs() - beganMs;
    if (way.deadlineMs !== undefined && waitedMs >= way.deadlineMs) return { state: "alive", pid };
    if (waitedMs >= nextReportMs) {
      way.onWait?.(waitedMs);
      nextReportMs += REPORT_MS;
    }
    await delay(clock, POLL_MS);
  }
  return { state: "dead", pid };
}

/** False when it has ended by itself in the meantime; 0 only asks. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw daemonErrors.notStopped.from(error, pid, systemReason(error));
  }
}
