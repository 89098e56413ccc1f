// Requests builds at certain times. Missed runs, because the host slept or the master was stopped, become a single
// one.
import type { Clock, Timer } from "../../base/clock.ts";

/** How often the wall clock is read: it may be changed, and timers stop while the host sleeps. */
const CHECK_MS = 60_000;
const SHORTEST_MS = 1000;

export interface TimedOptions {
  /** When it is due, after the last run or without one, in milliseconds since the epoch; undefined: never. */
  readonly dueAtMs: (lastRunAtMs: number | undefined, nowMs: number) => number | undefined;
  readonly clock: Clock;
  /** Milliseconds since the epoch; undefined if it never ran. */
  readonly lastRunAtMs: () => number | undefined;
  /** Requests the builds and records the time. Retried if it throws. */
  readonly run: (atMs: number) => void;
  readonly onFailure: (error: unknown) => void;
}

export class TimedSchedule {
  readonly #options: TimedOptions;
  #timer: Timer | undefined;

  constructor(options: TimedOptions) {
    this.#options = options;
  }

  /** Runs immediately if it is due. */
  start(): void {
    this.#check();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #check(): void {
    const { clock, run, onFailure } = this.#options;
    let delayMs = SHORTEST_MS;
    try {
      if (this.#waitMs() <= 0) run(this.#nowMs());
      delayMs = Math.min(Math.max(this.#waitMs(), SHORTEST_MS), CHECK_MS);
    } catch (error) {
      onFailure(error);
    }
    this.#timer = clock.after(delayMs, () => this.#check());
  }

  /** A last run in the future means that the clock was set back: it does not count. */
  #waitMs(): number {
    const last = this.#options.lastRunAtMs();
    const nowMs = this.#nowMs();
    const dueAtMs = this.#options.dueAtMs(last !== undefined && last > nowMs ? undefined : last, nowMs);
    return dueAtMs === undefined ? CHECK_MS : dueAtMs - nowMs;
  }

  #nowMs(): number {
    return this.#options.clock.date().getTime();
  }
}
