// Resource limits of a process, to explain why it ended. They can be read only while it runs, and it may change them at
// any time.
import type { Clock, Timer } from "../../base/clock.ts";
import { readSystemFile } from "../tree/index.ts";

/** Undefined means no limit. Beyond the first the kernel kills the process, beyond the second it refuses memory. */
export interface ResourceLimits {
  readonly cpuSeconds: number | undefined;
  readonly addressSpaceKib: number | undefined;
}

/** Time before the first look; doubled after each look up to LONGEST_INTERVAL_MS. */
const FIRST_INTERVAL_MS = 250;
const LONGEST_INTERVAL_MS = 4000;

/** See proc_pid_limits(5); undefined when the process is gone, or without /proc. About 20 µs. */
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
  /** The limits at the last look; without one, those of this process, which its children inherit. */
  seen(): ResourceLimits | undefined;
}

/** Looks periodically until it is cancelled. */
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
