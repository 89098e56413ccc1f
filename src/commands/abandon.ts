// Gives up waiting for the file system: a call on a dead network file system comes back never, and cannot be taken back.
import type { Clock, Timer } from "../base/clock.ts";

/** How long a call may take to come back once the command was interrupted; as long as a program to die of SIGKILL. */
export const ABANDON_MS = 5000;

export interface Abandonment {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Settles as `work` does; rejects with the reason of `signal` ABANDON_MS after that was aborted. The work itself then goes
 * on, and nobody hears of its end.
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
 * As `orAbandoned`, for what somebody has to close: what comes after it was given up goes to `discard`, whose end nobody
 * hears of.
 */
export async function openedOrAbandoned<Value>(
  work: Promise<Value>,
  abandonment: Abandonment,
  discard: (value: Value) => Promise<unknown> | undefined,
): Promise<Value> {
  try {
    return await orAbandoned(work, abandonment);
  } catch (error) {
    if (error === abandonment.signal.reason) unheard(work.then(discard));
    throw error;
  }
}

/** Lets work go on whose end is of no account any more. */
export function unheard(work: Promise<unknown>): void {
  work.catch(() => {}); // by definition
}

export interface Patience extends Abandonment {
  readonly limitMs: number;
  /** With what it rejects once that is over. */
  readonly late: () => Error;
}

/** As `orAbandoned`, and not for longer than a limit without an interruption either. */
export async function withinLimit<Value>(work: Promise<Value>, patience: Patience): Promise<Value> {
  const { clock, limitMs, late } = patience;
  let timer: Timer | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = clock.after(limitMs, () => reject(late()));
  });
  try {
    return await orAbandoned(Promise.race([work, expired]), patience);
  } finally {
    timer?.cancel();
  }
}
