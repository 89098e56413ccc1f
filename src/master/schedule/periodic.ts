// Asks for builds at even times. A host that slept, or a master that was away, makes up for nothing: whatever was missed is
// one build. Knows requests by a function only.
import type { Clock, Timer } from "../../base/clock.ts";

/** The wall's clock is looked at this often: it may be set, and timers stand still while a host sleeps. */
const LONGEST_NAP_MS = 60_000;

export interface PeriodicOptions {
  readonly everyMs: number;
  readonly clock: Clock;
  /** Milliseconds since the epoch; undefined when it never ran. */
  readonly lastRunAtMs: () => number | undefined;
  /** Asks for the builds and keeps the time. A call that throws is made again. */
  readonly run: (atMs: number) => void;
  readonly onFailure: (error: unknown) => void;
}

export class PeriodicSchedule {
  readonly #options: PeriodicOptions;
  #timer: Timer | undefined;

  constructor(options: PeriodicOptions) {
    this.#options = options;
  }

  /** Runs at once when it never has, or when it is time. */
  start(): void {
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, run, onFailure } = this.#options;
    try {
      if (this.#waitMs() <= 0) run(this.#nowMs());
    } catch (error) {
      onFailure(error);
    }
    const delayMs = Math.min(Math.max(this.#waitMs(), 1000), LONGEST_NAP_MS);
    this.#timer = clock.after(delayMs, () => this.#look());
  }

  /** A last run that lies ahead was written before the clock was set back: it counts as one that is due. */
  #waitMs(): number {
    const last = this.#options.lastRunAtMs();
    const nowMs = this.#nowMs();
    return last === undefined || last > nowMs ? 0 : last + this.#options.everyMs - nowMs;
  }

  #nowMs(): number {
    return this.#options.clock.date().getTime();
  }
}
