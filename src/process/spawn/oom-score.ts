// Whom the kernel ends first when memory runs out: what is built rather than the worker, which would take all else that
// it runs with it.
import { readSystemFile, writeSystemFile } from "../tree/index.ts";

/** Added to the worker's own oom_score_adj: counts like three tenths of the memory of the machine. */
const COMMAND_EXTRA = 300;
/** The kernel knows nothing worse. */
const WORST = 1000;

/**
 * Has the kernel prefer the process, and all it will start, to this one. Nothing where the system has no such choice or
 * the process is gone; lets anybody go further in that direction, and nobody back.
 */
export function raiseOomScore(pid: number): void {
  const ours = readSystemFile("/proc/self/oom_score_adj");
  if (ours === undefined) return;
  writeSystemFile(`/proc/${pid}/oom_score_adj`, String(Math.min(Number(ours) + COMMAND_EXTRA, WORST)));
}
