// Waiting by a clock. Timers are cancelled when the wait is over.
import type { Clock } from "./clock.ts";

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.after(delayMs, end);
    signal?.addEventListener("abort", end);
  });
}

/**
 * Settles as `work` does; if that takes longer than `limitMs`, with the result of `onLate` (default: undefined). The
 * work itself continues.
 */
export function within<Result, Late = undefined>(
  clock: Clock,
  work: Promise<Result>,
  limitMs: number,
  onLate?: () => Late,
): Promise<Result | Late> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => {
      try {
        resolve(onLate?.() as Late);
      } catch (error) {
        reject(error);
      }
    });
    void work.then(resolve, reject).finally(() => timer.cancel());
  });
}
