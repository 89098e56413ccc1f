// How a command's text is cut into lines and batches where a master has a say in it; without one, the worker's own constants
// hold. Knows no protocol.
import type { NewlinePattern } from "./newline-pattern.ts";

export interface OutputRules {
  /** Longer lines are cut; counts UTF-8 bytes with the newline. */
  readonly lineLimitBytes: number;
  /** A batch of so many bytes is sent at once. */
  readonly batchLimitBytes: number;
  /** The most time between two batches that are not full. */
  readonly longestIntervalMs: number;
  /** What becomes a newline; undefined: what terminals are redrawn with. */
  readonly newlines: NewlinePattern | undefined;
  /** Whether updates tell when their lines began. */
  readonly isTimed: boolean;
}
