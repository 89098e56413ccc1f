// Waiting by a clock. No timer is left running once the wait is over.
import type { Clock, Timer } from "./clock.ts";

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
export async function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.after(delayMs, end);
    signal?.addEventListener("abort", end);
  });
}

/** Settles as `work` does, or resolves to undefined once it has taken `limitMs`; the work itself then goes on. */
export async function within<Result>(
  clock: Clock,
  work: Promise<Result>,
  limitMs: number,
): Promise<Result | undefined> {
  let timer: Timer | undefined;
  const expired = new Promise<undefined>((resolve) => {
    timer = clock.after(limitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    timer?.cancel();
  }
}
