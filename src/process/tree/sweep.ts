// Kills the remaining processes of a run, and verifies that they are gone.
import type { Clock } from "../../base/clock.ts";
import { delay } from "../../base/waiting.ts";
import type { ListedProcess } from "./process-list.ts";
import type { RunTree } from "./process-tree.ts";

/** How long processes may take to end after SIGKILL. Some hang in the kernel, some belong to another user. */
export const SWEEP_LIMIT_MS = 4000;

/** Time between two scans, in addition to the duration of the last one. */
const SWEEP_POLL_MS = 20;

/** Consecutive scans that must find nothing. */
export const SURE_LOOKS = 2;
/** The same while a process cannot be examined, for example during its execve(2). */
export const UNSURE_LOOKS = 5;

/** Sends SIGKILL until no process of the tree is running, or SWEEP_LIMIT_MS is over. Resolves to the survivors. */
export async function sweep(
  tree: Pick<RunTree, "signal" | "isSure" | "lookMs">,
  clock: Clock,
): Promise<readonly ListedProcess[]> {
  // On a busy host a scan may take longer than the limit. What it finds has only just been sent the signal.
  let signalledMs: number | undefined;
  for (let emptyLooks = 0; ; ) {
    const isLast = signalledMs !== undefined && clock.nowMs() - signalledMs >= SWEEP_LIMIT_MS;
    const left = await tree.signal("SIGKILL");
    if (left === undefined) return []; // unknown on this system; further scans will not help
    signalledMs ??= clock.nowMs();
    emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
    if (isLast || emptyLooks >= (tree.isSure ? SURE_LOOKS : UNSURE_LOOKS)) return left;
    await delay(clock, SWEEP_POLL_MS + tree.lookMs);
  }
}
