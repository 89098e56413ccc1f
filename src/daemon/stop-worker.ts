// Stops the worker of a base directory: immediately, also one of the real program, or gracefully, only one of Buildhand.
import type { Clock } from "../base/clock.ts";
import { hasProc } from "../base/platform.ts";
import { systemReason } from "../base/system-error.ts";
import { delay } from "../base/waiting.ts";
import { startTicksOf } from "../process/tree/index.ts";
import { systemControl } from "./control.ts";
import { daemonErrors } from "./errors.ts";
import { type PidPlace, readPidFile } from "./pid-file.ts";
import { catches, isAlive, workerByPs, worksIn } from "./process-table.ts";
import { DRAIN_SIGNAL } from "./stop-request.ts";

export type StopOutcome =
  | { readonly state: "not-running" }
  | { readonly state: "dead"; readonly pid: number }
  /** It did not end within the deadline. */
  | { readonly state: "alive"; readonly pid: number };

export interface DrainOptions {
  /** Undefined: until it has ended. */
  readonly timeoutMs: number | undefined;
  /** Called once, after the signal was sent. */
  readonly onAsked: (pid: number) => void;
  /** Called every ten seconds until it has ended. */
  readonly onWait: (waitedMs: number) => void;
}

/** The same as for the real worker. */
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;
const REPORT_MS = 10_000;

/**
 * Sends SIGTERM and waits for the end. A pid that was reused by another process counts as dead. Throws ERR_PID_FILE, and
 * ERR_NOT_STOPPED if there is no permission to send the signal, or the process may be another one.
 */
export async function stopWorker(place: PidPlace, clock: Clock): Promise<StopOutcome> {
  return signalAndWait(place, clock, { signal: "SIGTERM", deadlineMs: STOP_DEADLINE_MS });
}

/**
 * Requests a worker of Buildhand to end when no build runs on it, and waits. The worker continues to drain after the
 * timeout. Throws the same as stopWorker, and ERR_NO_GRACEFUL_STOP for a process that the signal would kill.
 */
export async function stopGracefully(place: PidPlace, clock: Clock, request: DrainOptions): Promise<StopOutcome> {
  const { timeoutMs: deadlineMs, onAsked, onWait } = request;
  return signalAndWait(place, clock, { signal: DRAIN_SIGNAL, deadlineMs, onAsked, onWait });
}

interface StopMethod extends Partial<Pick<DrainOptions, "onAsked" | "onWait">> {
  readonly signal: "SIGTERM" | typeof DRAIN_SIGNAL;
  readonly deadlineMs: number | undefined;
}

async function signalAndWait(place: PidPlace, clock: Clock, method: StopMethod): Promise<StopOutcome> {
  const control = systemControl();
  if (control !== undefined) {
    const answer = await control.ask(place.directory, method.signal === DRAIN_SIGNAL ? "drain" : "stop");
    return answer === undefined ? { state: "not-running" } : waitForEnd(answer.pid, undefined, { clock, method });
  }
  const found = readPidFile(place);
  if (found.state === "absent") return { state: "not-running" };
  if (found.state === "unreadable") throw daemonErrors.pidFile(place.path, found.reason);
  const { state, pid } = found;
  if (state === "stale") return { state: "dead", pid };
  const startTicks = startTicksOf(pid);
  const doubt = whyInDoubt(pid, place);
  if (doubt !== undefined) {
    if (!isAlive(pid) || !send(pid, 0)) return { state: "dead", pid };
    throw daemonErrors.notStopped(pid, doubt);
  }
  if (method.signal === DRAIN_SIGNAL && !canDrain(pid, place)) {
    if (!isAlive(pid)) return { state: "dead", pid };
    throw daemonErrors.noGracefulStop(pid);
  }
  if (!send(pid, method.signal)) return { state: "dead", pid };
  return waitForEnd(pid, startTicks, { clock, method });
}

async function waitForEnd(
  pid: number,
  startTicks: number | undefined,
  { clock, method }: { readonly clock: Clock; readonly method: StopMethod },
): Promise<StopOutcome> {
  method.onAsked?.(pid);
  const startMs = clock.nowMs();
  let nextReportMs = REPORT_MS;
  while (isAlive(pid) && startTicksOf(pid) === startTicks) {
    const waitedMs = clock.nowMs() - startMs;
    if (method.deadlineMs !== undefined && waitedMs >= method.deadlineMs) return { state: "alive", pid };
    if (waitedMs >= nextReportMs) {
      method.onWait?.(waitedMs);
      nextReportMs += REPORT_MS;
    }
    await delay(clock, POLL_MS);
  }
  return { state: "dead", pid };
}

/** Undefined if it is certain that the process is a worker of the directory. */
function whyInDoubt(pid: number, { path, directory }: PidPlace): string | undefined {
  if (worksIn(pid, directory) !== undefined || (!hasProc && workerByPs(pid, path) !== undefined)) return undefined;
  return hasProc
    ? // A matching start time is not enough.
      `its working directory cannot be read, so it is unknown whether it is the worker of ${directory}`
    : `ps does not show that it is the worker of ${directory}, which is named buildhand, buildbot-worker or twistd and started up to a minute before ${path} was written; if it is, end it with kill`;
}

function canDrain(pid: number, { path }: PidPlace): boolean {
  return hasProc ? catches(pid, DRAIN_SIGNAL) === true : workerByPs(pid, path) === "buildhand";
}

/** False if the process has ended. Signal 0 only checks. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw daemonErrors.notStopped.from(error, pid, systemReason(error));
  }
}
