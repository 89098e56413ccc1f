// Time as a parameter, so that tests of timeouts do not have to wait.

export interface Timer {
  /** Idempotent; harmless after the timer has fired. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; only differences are meaningful. */
  nowMs(): number;
  /** Wall-clock time, for people to read. */
  date(): Date;
  /**
   * Calls `fire` once after `delayMs`, after all input that has arrived by then is read. The caller cancels its timers.
   */
  after(delayMs: number, fire: () => void): Timer;
}

/** Longest delay of a timer, rounded down to a number that is easy to remember. */
export const LONGEST_TIMER_SECONDS = 2_000_000;

/** `setTimeout` takes at most this many milliseconds (2^31 - 1) and fires at once beyond it. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  after(delayMs, fire) {
    let turn: NodeJS.Immediate | undefined;
    // If this process was suspended, read pending input first, so that timeouts do not fire in spite of it.
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
