// Ends the worker that runs a base directory, whichever program started it.
import type { Clock } from "../base/clock.ts";
import { errors } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { type PidPlace, readPidFile } from "./pid-file.ts";
import { isAlive, startTicks } from "./process-table.ts";

export type StopOutcome =
  | { readonly state: "not-running" }
  | { readonly state: "dead"; readonly pid: number }
  /** It did not go within the deadline. */
  | { readonly state: "alive"; readonly pid: number };

/** As long as the real worker's stop waits. */
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;

/**
 * Sends SIGTERM and waits for the end. A pid that has another owner by now is as good as dead and left alone. Throws
 * ERR_PID_FILE, and ERR_NOT_STOPPED when the process may not be signalled.
 */
export async function stopWorker(place: PidPlace, clock: Clock): Promise<StopOutcome> {
  const found = readPidFile(place);
  if (found.state === "absent") return { state: "not-running" };
  if (found.state === "unreadable") throw errors.pidFile(place.path, found.reason);
  const { state, pid } = found;
  if (state === "stale") return { state: "dead", pid };
  const began = startTicks(pid);
  if (!terminate(pid)) return { state: "dead", pid };
  const endMs = clock.nowMs() + STOP_DEADLINE_MS;
  while (isAlive(pid) && startTicks(pid) === began) {
    if (clock.nowMs() >= endMs) return { state: "alive", pid };
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
  return { state: "dead", pid };
}

/** False when it has ended by itself in the meantime. */
function terminate(pid: number): boolean {
  try {
    process.kill(pid, "SIGTERM");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw errors.notStopped.from(error, pid, systemReason(error));
  }
}
