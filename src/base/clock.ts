// Time as a value that is passed in, so that nothing that waits needs real waiting to be tested.

export interface Timer {
  /** Ends the timer; harmless when it has fired or was cancelled before. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Wall-clock time, for people to read. */
  date(): Date;
  /** Calls `fire` once after `delayMs`, once everything that has arrived by then is read. Whoever sets a timer cancels it. */
  after(delayMs: number, fire: () => void): Timer;
}

/** More than this a timer of the system cannot wait, in whole and easily remembered seconds. */
export const LONGEST_TIMER_SECONDS = 2_000_000;

/** `setTimeout` takes at most this many milliseconds (2^31 - 1) and fires at once beyond it. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  after(delayMs, fire) {
    let turn: NodeJS.Immediate | undefined;
    // After this process was stopped, what arrived meanwhile is read before anyone concludes that nothing did.
    const readFirst = () => {
      turn = setImmediate(fire);
    };
    const timeout = setTimeout(readFirst, Math.min(Math.max(delayMs, 0), LONGEST_TIMEOUT_MS));
    const cancel = () => {
      clearTimeout(timeout);
      clearImmediate(turn);
    };
    return { cancel };
  },
};
