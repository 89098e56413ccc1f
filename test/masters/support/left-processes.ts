// Whether a process that a build started is still there.
import { readFileSync } from "node:fs";
import { poll } from "../../support/poll.ts";

/** A killed process group is gone at once on an idle machine. */
const GONE_DEADLINE_MS = 60_000;

/** Waits until none of the processes runs any more; one that nobody has reaped yet counts as gone. */
export async function processesGone(pids: readonly number[]): Promise<void> {
  await poll(`the processes ${pids.join(", ")} to end`, () => !pids.some((pid) => processRuns(pid)), {
    deadlineMs: GONE_DEADLINE_MS,
  });
}

/** Linux: reads the state letter in /proc, where Z and X are a dead process. */
function processRuns(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const state = stat.slice(stat.lastIndexOf(")") + 2).charAt(0);
    return state !== "Z" && state !== "X";
  } catch {
    return false; // no such process
  }
}
