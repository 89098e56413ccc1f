// Detects whether a process is working, for programs that work without output.
import type { Clock, Timer } from "../../base/clock.ts";
import { readProcessStat, readSystemFile } from "../tree/index.ts";

const LONGEST_INTERVAL_MS = 5000;
/** Minimum number of looks within the idle timeout. */
const LOOKS = 4;

export interface WorkWatch {
  readonly pid: number;
  readonly clock: Clock;
  /** How long the process may be idle. */
  readonly idleTimeoutMs: number;
  /** Called when the process has used CPU time since the last look. */
  readonly onWork: () => void;
}

/**
 * Looks periodically until it is cancelled. A process works if it has used any CPU time at all: one that waits for a
 * dead disk or server uses none. If CPU times are not available, there is no sign of work.
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

/** A text that changes with CPU time; undefined if not available. */
function workOf(pid: number): string | undefined {
  // In nanoseconds if the kernel counts them, otherwise in clock ticks.
  return readSystemFile(`/proc/${pid}/schedstat`) ?? JSON.stringify(readProcessStat(pid));
}
