// Whether a process is at work, for programs that say nothing while they are. Knows no deadline and no reason to ask.
import type { Clock, Timer } from "../../base/clock.ts";
import { readProcessStat, readSystemFile } from "../tree/index.ts";

/** How often it is looked at the most seldom. */
const LONGEST_INTERVAL_MS = 5000;
/** In every time of silence that is allowed, it is looked at least so often. */
const LOOKS = 4;

export interface WorkWatch {
  readonly pid: number;
  readonly clock: Clock;
  /** How long the process may do nothing; it is looked more often. */
  readonly idleTimeoutMs: number;
  /** Called when the process has done something since the last look. */
  readonly onWork: () => void;
}

/**
 * Looks again and again until it is cancelled. A process works when the system has given it time of a processor, be it
 * ever so little: one that waits for a dead disk or server gets none. Where the system does not tell, there is no sign of
 * work.
 */
export function watchWork({ pid, clock, idleTimeoutMs, onWork }: WorkWatch): Timer {
  const intervalMs = Math.min(idleTimeoutMs / LOOKS, LONGEST_INTERVAL_MS);
  let seen = workOf(pid);
  let timer = clock.after(intervalMs, look);
  function look(): void {
    const now = workOf(pid);
    if (now !== undefined && now !== seen) onWork();
    seen = now;
    timer = clock.after(intervalMs, look);
  }
  return { cancel: () => timer.cancel() };
}

/** A text that changes with the work done; undefined where there is none. */
function workOf(pid: number): string | undefined {
  // In nanoseconds where the kernel counts them, otherwise in ticks of its clock.
  return readSystemFile(`/proc/${pid}/schedstat`) ?? JSON.stringify(readProcessStat(pid));
}
