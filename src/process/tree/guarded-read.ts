// Reads files that may never answer: on a dead file server, or /proc/<pid>/cmdline of a process that hangs with its
// memory locked. A hanging read blocks a thread of Node's pool, so their number is limited. Knows no paths.
import type { Clock } from "../../base/clock.ts";
import { within } from "../../base/waiting.ts";

export interface LookLimits {
  readonly clock: Clock;
  readonly limitMs: number;
}

/** Reads that may hang at a time. Node's pool has four threads, which do all file operations. */
const HANGING_LIMIT = 2;

// Process-wide, like the thread pool.
let hangingCount = 0;

/**
 * Resolves to the result of `read`; undefined when it takes longer than the limit, rejects, or too many are hanging
 * already. A read of many steps stops when `isOver`; it must do them one after the other, so that at most one thread
 * hangs.
 */
export async function readWithTimeout<Found>(
  { clock, limitMs }: LookLimits,
  read: (isOver: () => boolean) => Promise<Found>,
): Promise<Found | undefined> {
  if (hangingCount >= HANGING_LIMIT) return undefined;
  let over = false;
  const found = read(() => over).catch(() => undefined); // errors count as no result
  const first = await within(clock, found, limitMs, () => {
    over = true;
    return undefined;
  });
  if (!over) return first;
  hangingCount += 1;
  void found.then(() => {
    hangingCount -= 1;
  });
  return undefined;
}
