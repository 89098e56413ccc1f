// What a process may use at most, for whoever wants to know why it ended. The system tells only while it runs, and it may
// limit itself at any time.
import type { Clock, Timer } from "../../base/clock.ts";
import { readSystemFile } from "../tree/index.ts";

/** Undefined means no limit. The kernel kills a process beyond the first, and gives it no memory beyond the second. */
export interface ResourceLimits {
  readonly cpuSeconds: number | undefined;
  readonly addressSpaceKib: number | undefined;
}

/** Before the first look, and doubled from look to look up to the longest. */
const FIRST_INTERVAL_MS = 250;
const LONGEST_INTERVAL_MS = 4000;

/** See proc_pid_limits(5); undefined when the process is gone, or the system does not tell. Some 20 µs. */
export function limitsOf(pid: number): ResourceLimits | undefined {
  const text = readSystemFile(`/proc/${pid}/limits`);
  if (text === undefined) return undefined;
  const finite = (found: string | undefined) => (/^\d+$/.test(found ?? "") ? Number(found) : undefined);
  // The hard limit kills, the soft one refuses memory.
  const cpuSeconds = finite(/^Max cpu time +\S+ +(\S+)/m.exec(text)?.[1]);
  const addressSpaceBytes = finite(/^Max address space +(\S+)/m.exec(text)?.[1]);
  return { cpuSeconds, addressSpaceKib: addressSpaceBytes && Math.floor(addressSpaceBytes / 1024) };
}

export interface LimitsWatch extends Timer {
  /** The limits at the last look; without one, those of this process, which its children begin with. */
  seen(): ResourceLimits | undefined;
}

/** Looks again and again until it is cancelled. */
export function watchLimits(pid: number, clock: Clock): LimitsWatch {
  let last: ResourceLimits | undefined;
  let intervalMs = FIRST_INTERVAL_MS;
  let timer = clock.after(intervalMs, look);
  function look(): void {
    last = limitsOf(pid) ?? last;
    intervalMs = Math.min(2 * intervalMs, LONGEST_INTERVAL_MS);
    timer = clock.after(intervalMs, look);
  }
  return { cancel: () => timer.cancel(), seen: () => last ?? limitsOf(process.pid) };
}
