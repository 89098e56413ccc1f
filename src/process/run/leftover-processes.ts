// Leftover processes of a run that ended by itself.
import type { Clock } from "../../base/clock.ts";
import { delay } from "../../base/waiting.ts";
import { type ListedProcess, type RunTree, sweep } from "../tree/index.ts";

/** Whether leftover processes are kept, such as servers and caches. */
export type LeftoverRule = "keep" | "kill";

export interface LeftBehind {
  /** Still running: kept, or impossible to kill. */
  readonly running: readonly ListedProcess[];
  readonly killed: readonly ListedProcess[];
  /** Which others there may be, in a sentence. */
  readonly unseen?: string | undefined;
}

/** Time for processes that are about to end, for example because the program has signalled them. */
export const ENDING_MS = 50;

/**
 * Finds leftover processes of a run whose child is gone and whose output is closed, and kills them if that is the rule.
 */
export async function cleanUpLeftovers(tree: RunTree, rule: LeftoverRule, clock: Clock): Promise<LeftBehind> {
  // Killing needs a full scan; for a log message the cheap one is enough.
  const found = rule === "keep" ? await tree.recent() : await tree.running();
  const left = await stayingOf(found ?? [], tree, clock);
  if (rule === "keep" || found?.length === 0) return { running: left, killed: [] };
  const running = await sweep(tree, clock);
  const survivors = new Set(running.map(({ pid }) => pid));
  return { running, killed: left.filter(({ pid }) => !survivors.has(pid)), unseen: tree.blindSpot };
}

async function stayingOf(
  found: readonly ListedProcess[],
  tree: RunTree,
  clock: Clock,
): Promise<readonly ListedProcess[]> {
  if (found.length === 0) return found;
  await delay(clock, ENDING_MS);
  return found.filter((one) => tree.isStaying(one));
}
