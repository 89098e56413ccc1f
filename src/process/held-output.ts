// Finds out what a run still waits for whose child has ended: others that have its output open, such as a server that was
// started in the background.
import type { Clock, Timer } from "../base/clock.ts";
import type { ListedProcess } from "./process-list.ts";
import type { ProcessTree } from "./process-tree.ts";

/** How long after the child's end its output may stay open before it is told who has it: most are done by then. */
export const HELD_OUTPUT_MS = 5000;

export interface HeldOutputOptions {
  readonly tree: ProcessTree;
  readonly clock: Clock;
  readonly onHeld: (holders: readonly ListedProcess[]) => void;
}

/** Calls `onHeld` once, after HELD_OUTPUT_MS, unless it is cancelled. */
export function awaitHolders(options: HeldOutputOptions): Timer {
  let timer: Timer | undefined;
  const wait = () => {
    timer = options.clock.after(HELD_OUTPUT_MS, () => {
      const holders = options.tree.outputHolders();
      if (holders.length > 0) options.onHeld(holders);
      else wait(); // open because we have not read all of it, or held by what we cannot see
    });
  };
  wait();
  return { cancel: () => timer?.cancel() };
}
