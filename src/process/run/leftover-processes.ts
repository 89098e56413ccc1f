// What a run left that ended by itself, and what becomes of it.
import type { Clock } from "../../base/clock.ts";
import { delay } from "../../base/waiting.ts";
import { type ListedProcess, type ProcessTree, readProcess, sweep } from "../tree/index.ts";

/** Whether processes stay that a run leaves: servers and caches are meant to. */
export type LeftoverRule = "keep" | "kill";

export interface LeftBehind {
  /** Who runs still: who was left or, if they were to be killed, who could not be. */
  readonly running: readonly ListedProcess[];
  /** Who was killed. */
  readonly killed: readonly ListedProcess[];
}

/** How long those may take to end that are just about to, such as one that the program itself told to go. */
export const ENDING_MS = 50;

/** Looks what a run left whose child is gone and whose output is closed, and kills it if that is the rule. */
export async function cleanUpLeftovers(tree: ProcessTree, rule: LeftoverRule, clock: Clock): Promise<LeftBehind> {
  // Killing has to be sure of all; for a word in the log the cheap look will do.
  const found = rule === "keep" ? await tree.recent() : ((await tree.running()) ?? []);
  const left = await stayingOf(found, clock);
  if (rule === "keep" || found.length === 0) return { running: left, killed: [] };
  const running = await sweep(tree, clock);
  const survivors = new Set(running.map(({ pid }) => pid));
  return { running, killed: left.filter(({ pid }) => !survivors.has(pid)) };
}

async function stayingOf(found: readonly ListedProcess[], clock: Clock): Promise<readonly ListedProcess[]> {
  if (found.length === 0) return found;
  await delay(clock, ENDING_MS);
  return found.filter(({ pid, startTicks }) => {
    const now = readProcess(pid);
    return now?.startTicks === startTicks && !now.isEnding;
  });
}
