// Kills what is left of a run, and makes sure of it.
import type { Clock } from "../../base/clock.ts";
import { delay } from "../../base/waiting.ts";
import type { ListedProcess } from "./process-list.ts";
import type { ProcessTree } from "./process-tree.ts";

/** How long processes may take to go after SIGKILL, before they are left: some hang in the kernel, some are another user's. */
export const SWEEP_LIMIT_MS = 4000;

/** Between two looks at what is left, besides the time that the last one took. */
const SWEEP_POLL_MS = 20;

/** Looks in a row that find nothing, after which nothing is left. */
export const SURE_LOOKS = 2;
/** The same while a process cannot be looked into, such as one that is just becoming another program. */
export const UNSURE_LOOKS = 5;

/** Sends SIGKILL until nothing of the tree runs any more, or the time is over. Resolves to what still runs then. */
export async function sweep(
  tree: Pick<ProcessTree, "signal" | "isSure" | "lookMs">,
  clock: Clock,
): Promise<readonly ListedProcess[]> {
  const startedMs = clock.nowMs();
  for (let emptyLooks = 0; ; ) {
    const left = await tree.signal("SIGKILL");
    if (left === undefined) return []; // the system does not tell, so that no look will find more
    emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
    const isOver = emptyLooks >= (tree.isSure ? SURE_LOOKS : UNSURE_LOOKS);
    if (isOver || clock.nowMs() - startedMs >= SWEEP_LIMIT_MS) return left;
    await delay(clock, SWEEP_POLL_MS + tree.lookMs);
  }
}
