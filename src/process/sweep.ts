// Kills what is left of a run, and makes sure of it.
import type { Clock } from "../base/clock.ts";
import type { ListedProcess } from "./process-list.ts";
import type { ProcessTree } from "./process-tree.ts";

/** How long processes may take to go after SIGKILL, before they are left: some hang in the kernel, some are another user's. */
export const SWEEP_LIMIT_MS = 2000;

/** Between two looks at what is left. */
const SWEEP_POLL_MS = 20;

/** Sends SIGKILL until nothing of the tree runs any more, or the time is over. Resolves to what still runs then. */
export async function sweep(tree: Pick<ProcessTree, "signal">, clock: Clock): Promise<readonly ListedProcess[]> {
  const startedMs = clock.nowMs();
  for (;;) {
    const left = tree.signal("SIGKILL") ?? [];
    if (left.length === 0 || clock.nowMs() - startedMs >= SWEEP_LIMIT_MS) return left;
    await new Promise<void>((resolve) => {
      clock.after(SWEEP_POLL_MS, resolve);
    });
  }
}
