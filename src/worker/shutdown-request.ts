// Asks a master for a graceful shutdown of this worker, over one connection. Knows neither the protocol nor what the answer
// is used for.
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";

/**
 * `agreed`: the master will send a shutdown; `lost`: the connection has ended, and every build with it.
 */
export type ShutdownAnswer =
  | { readonly state: "agreed" }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "lost" };

/** A promise of the answer that never rejects, or the reason why the master cannot be asked. */
export type ShutdownAsking = { readonly answer: Promise<ShutdownAnswer> } | { readonly unasked: string };

export type ShutdownRequest = ShutdownAsking & {
  /** Resolves when the connection has ended, whatever the answer was. */
  readonly lost: Promise<unknown>;
};

export interface ShutdownCall {
  readonly clock: Clock;
  /** How long the master may be silent before the answer. */
  readonly limitMs: number;
  /** Rejects with the master's error, or when the connection ends. */
  readonly call: () => Promise<unknown>;
  /** When bytes were last received from the master, by the clock. */
  readonly lastReceivedMs: () => number;
  /** The master was silent for too long: ends the connection. */
  readonly onTimeout: () => void;
  readonly hasEnded: () => boolean;
}

/** Never rejects, and leaves no timer. */
export async function askForShutdown(request: ShutdownCall): Promise<ShutdownAnswer> {
  const { clock, limitMs, call, lastReceivedMs, onTimeout, hasEnded } = request;
  const askedMs = clock.nowMs();
  let timer: Timer | undefined;
  const wait = () => {
    const leftMs = Math.max(askedMs, lastReceivedMs()) + limitMs - clock.nowMs();
    if (leftMs <= 0) onTimeout();
    else timer = clock.after(leftMs, wait);
  };
  wait();
  try {
    await call();
    return { state: "agreed" };
  } catch (error) {
    return hasEnded() ? { state: "lost" } : { state: "refused", reason: errorText(error) };
  } finally {
    timer?.cancel();
  }
}
