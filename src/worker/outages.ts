// Logs failed attempts and lost connections: a cause once in an outage, then once an hour with the count, and the duration
// at the end. Knows neither causes nor retries.
import type { Clock } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";

/** A cause that persists is logged again after this time. */
const REMINDER_MS = 60 * 60 * 1000;
/** Causes of one outage that are logged in an hour; a master whose messages change each time must not fill the log. */
const MOST_CAUSES = 20;

export interface ConnectionFailure {
  readonly cause: string;
  /** A line on what to do about it, logged the first time. */
  readonly advice?: string | undefined;
  /** The connection had been ready: this begins an outage. */
  readonly wasReady: boolean;
}

export class Outages {
  readonly #clock: Clock;
  readonly #log: (text: string) => void;
  #wasConnected = false;
  #beganMs: number | undefined;
  /** Attempts of this outage that failed. */
  #failedAttempts = 0;
  /** When each cause was last logged, the oldest first. */
  readonly #loggedMs = new Map<string, number>();
  #announcedCounting = false;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: (text: string) => void }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Logs the cause and its consequence, unless they were logged recently. */
  failed({ cause, advice, wasReady }: ConnectionFailure, consequence: string): void {
    const known = this.#record(wasReady) ? undefined : this.#loggedMs.get(cause);
    if (this.#isDue(known)) {
      this.#logCause(cause, known !== undefined);
      this.#log(consequence);
      if (known === undefined && advice !== undefined) this.#log(advice);
    } else if (!this.#announcedCounting) {
      this.#announcedCounting = true;
      this.#log("the same failure again: from now on failures are counted, and logged once an hour");
    }
  }

  /** The last failure: logs the cause, even if logged recently, and the consequence. */
  gaveUp({ cause, advice, wasReady }: ConnectionFailure, consequence: string): void {
    const isNew = this.#record(wasReady) || !this.#loggedMs.has(cause);
    this.#logCause(cause, this.#failedAttempts > 1);
    this.#log(consequence);
    if (isNew && advice !== undefined) this.#log(advice);
  }

  connected(): void {
    if (this.#beganMs !== undefined) {
      const attempts = this.#failedAttempts + 1;
      const again = this.#wasConnected ? "again " : "";
      this.#log(`connected ${again}after ${attempts} ${attempts === 1 ? "attempt" : "attempts"} in ${this.#elapsed()}`);
    }
    this.#wasConnected = true;
    this.#beganMs = undefined;
  }

  /** Returns whether an outage begins. */
  #record(wasReady: boolean): boolean {
    const begins = wasReady || this.#beganMs === undefined;
    if (begins) {
      this.#beganMs = this.#clock.nowMs();
      this.#failedAttempts = 0;
      this.#loggedMs.clear();
      this.#announcedCounting = false;
    }
    if (!wasReady) this.#failedAttempts += 1;
    return begins;
  }

  #isDue(loggedMs: number | undefined): boolean {
    const [oldestMs = 0] = this.#loggedMs.values();
    if (loggedMs === undefined && this.#loggedMs.size < MOST_CAUSES) return true;
    return this.#clock.nowMs() - (loggedMs ?? oldestMs) >= REMINDER_MS;
  }

  #logCause(cause: string, withCount: boolean): void {
    this.#loggedMs.delete(cause);
    const [oldest] = this.#loggedMs.keys();
    if (this.#loggedMs.size === MOST_CAUSES && oldest !== undefined) this.#loggedMs.delete(oldest);
    this.#loggedMs.set(cause, this.#clock.nowMs());
    this.#log(withCount ? `${cause} (${this.#failedAttempts} attempts have failed in ${this.#elapsed()})` : cause);
  }

  #elapsed(): string {
    return durationText(this.#clock.nowMs() - (this.#beganMs ?? 0));
  }
}
