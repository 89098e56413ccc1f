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
