// Stops waiting for the file system: a call on a dead network file system never returns, and cannot be cancelled.
import type { Clock, Timer } from "../base/clock.ts";

/** How long a call may take after the command was interrupted; the same as for a program after SIGKILL. */
export const ABANDON_MS = 5000;

export interface Abandonment {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Settles as `work` does; rejects with the reason of `signal` ABANDON_MS after it was aborted. The work itself
 * continues, and its result is ignored.
 */
export async function orAbandoned<Value>(work: Promise<Value>, { signal, clock }: Abandonment): Promise<Value> {
  let timer: Timer | undefined;
  let onAbort: () => void = () => {};
  const abandoned = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = clock.after(ABANDON_MS, () => reject(signal.reason as Error));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    timer?.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Like `orAbandoned`, for a result that must be closed: one that arrives after it was abandoned is passed to `discard`,
 * whose result is ignored.
 */
export async function openedOrAbandoned<Value>(
  work: Promise<Value>,
  abandonment: Abandonment,
  discard: (value: Value) => Promise<unknown> | undefined,
): Promise<Value> {
  try {
    return await orAbandoned(work, abandonment);
  } catch (error) {
    if (error === abandonment.signal.reason) ignoreOutcome(work.then(discard));
    throw error;
  }
}

/** Lets abandoned work continue. */
export function ignoreOutcome(work: Promise<unknown>): void {
  work.catch(() => {});
}

export interface TimeLimit extends Abandonment {
  readonly limitMs: number;
  /** The error when the limit has expired. */
  readonly timeoutError: () => Error;
}

/** Like `orAbandoned`, with a time limit also without an interrupt. */
export async function withinLimit<Value>(work: Promise<Value>, limit: TimeLimit): Promise<Value> {
  const { clock, limitMs, timeoutError } = limit;
  let timer: Timer | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = clock.after(limitMs, () => reject(timeoutError()));
  });
  try {
    return await orAbandoned(Promise.race([work, expired]), limit);
  } finally {
    timer?.cancel();
  }
}
