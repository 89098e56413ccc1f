// Makes the kernel kill builds before the worker when memory runs out, since killing the worker would end all its
// builds.
import { readSystemFile, writeSystemFile } from "../tree/index.ts";

/** Added to the worker's own oom_score_adj: counts like 30 % of the machine's memory. */
const COMMAND_EXTRA = 300;
/** The kernel's maximum. */
const HIGHEST_SCORE = 1000;

/**
 * Makes the kernel prefer the process and its future children to this one as victims. Does nothing if the system does
 * not support that or the process is gone. Unprivileged processes can only raise their score further.
 */
export function raiseOomScore(pid: number): void {
  const ours = readSystemFile("/proc/self/oom_score_adj");
  if (ours === undefined) return;
  writeSystemFile(`/proc/${pid}/oom_score_adj`, String(Math.min(Number(ours) + COMMAND_EXTRA, HIGHEST_SCORE)));
}
