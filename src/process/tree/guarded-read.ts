// Looks at what may never answer: a file system whose server is gone, /proc/<pid>/cmdline of a process that hangs with its
// memory locked. Such a look costs a thread of Node's pool for as long as it hangs, so only so many may. Knows no paths.
import type { Clock } from "../../base/clock.ts";
import { within } from "../../base/waiting.ts";

export interface LookLimits {
  readonly clock: Clock;
  readonly limitMs: number;
}

/** How many looks may hang at a time; Node's pool has four threads, and files are read and written by them. */
const HANGING_LIMIT = 2;

// Of the whole process, as the pool of threads is.
let hangingCount = 0;

/**
 * What `look` resolves to; undefined when it takes longer than the limit, rejects, or when too many are hanging already.
 * `isOver` tells a look of many steps to stop; it is to take them one after the other, so that one thread hangs at most.
 */
export async function readWithTimeout<Found>(
  { clock, limitMs }: LookLimits,
  look: (isOver: () => boolean) => Promise<Found>,
): Promise<Found | undefined> {
  if (hangingCount >= HANGING_LIMIT) return undefined;
  let over = false;
  const found = look(() => over).catch(() => undefined); // what cannot be found out is not told
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
