// Asks a master to end this worker once no build runs on it, over one connection. Knows no protocol, and not what is done
// with the answer.
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";

/**
 * `agreed`: the master will call for the end; `lost`: the connection is over, and every build with it.
 */
export type ShutdownAnswer =
  | { readonly state: "agreed" }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "lost" };

/** How the master was asked, by a promise that never rejects; or why it cannot be. */
export type ShutdownAsking = { readonly answer: Promise<ShutdownAnswer> } | { readonly unasked: string };

export type ShutdownRequest = ShutdownAsking & {
  /** Resolves when the connection is over, whatever the answer was. */
  readonly lost: Promise<unknown>;
};

export interface ShutdownCall {
  readonly clock: Clock;
  /** How long the master may be silent while it owes the answer. */
  readonly limitMs: number;
  /** Rejects with what the master says against it, and when the connection ends. */
  readonly call: () => Promise<unknown>;
  /** When the master was heard last, by the clock. */
  readonly heardMs: () => number;
  /** It was silent for too long; to end the connection. */
  readonly onSilence: () => void;
  readonly hasEnded: () => boolean;
}

/** Never rejects, and leaves no timer. */
export async function askForShutdown(request: ShutdownCall): Promise<ShutdownAnswer> {
  const { clock, limitMs, call, heardMs, onSilence, hasEnded } = request;
  const askedMs = clock.nowMs();
  let timer: Timer | undefined;
  const wait = () => {
    const leftMs = Math.max(askedMs, heardMs()) + limitMs - clock.nowMs();
    if (leftMs <= 0) onSilence();
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
