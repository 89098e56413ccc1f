// What the log says about failed attempts and lost connections: a cause once in an outage, then once an hour with the
// count, and how long it took in the end. Knows neither why anything failed nor when it is tried again.
import type { Clock } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";

/** A cause that goes on is told again after so long. */
const REMINDER_MS = 60 * 60 * 1000;
/** Causes of one outage that are told in an hour; a master whose words change each time must not fill the log. */
const MOST_CAUSES = 20;

export interface ConnectionFailure {
  readonly cause: string;
  /** A line on what to do about it, told with the cause the first time. */
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
  /** When each cause was told last, the oldest first. */
  readonly #toldMs = new Map<string, number>();
  #saysItCounts = false;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: (text: string) => void }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Tells the cause, and what is done about it, unless both were told lately. */
  failed({ cause, advice, wasReady }: ConnectionFailure, consequence: string): void {
    const known = this.#note(wasReady) ? undefined : this.#toldMs.get(cause);
    if (this.#isDue(known)) {
      this.#tell(cause, known !== undefined);
      this.#log(consequence);
      if (known === undefined && advice !== undefined) this.#log(advice);
    } else if (!this.#saysItCounts) {
      this.#saysItCounts = true;
      this.#log("the same failure again: from here on it is counted, and told once an hour");
    }
  }

  /** The last failure: tells the cause, told or not, and the end. */
  gaveUp({ cause, advice, wasReady }: ConnectionFailure, consequence: string): void {
    const isNew = this.#note(wasReady) || !this.#toldMs.has(cause);
    this.#tell(cause, this.#failedAttempts > 1);
    this.#log(consequence);
    if (isNew && advice !== undefined) this.#log(advice);
  }

  connected(): void {
    if (this.#beganMs !== undefined) {
      const attempts = this.#failedAttempts + 1;
      const again = this.#wasConnected ? "again " : "";
      this.#log(`connected ${again}after ${attempts} ${attempts === 1 ? "attempt" : "attempts"} in ${this.#lasted()}`);
    }
    this.#wasConnected = true;
    this.#beganMs = undefined;
  }

  /** Whether an outage begins. */
  #note(wasReady: boolean): boolean {
    const begins = wasReady || this.#beganMs === undefined;
    if (begins) {
      this.#beganMs = this.#clock.nowMs();
      this.#failedAttempts = 0;
      this.#toldMs.clear();
      this.#saysItCounts = false;
    }
    if (!wasReady) this.#failedAttempts += 1;
    return begins;
  }

  #isDue(toldMs: number | undefined): boolean {
    const [oldestMs = 0] = this.#toldMs.values();
    if (toldMs === undefined && this.#toldMs.size < MOST_CAUSES) return true;
    return this.#clock.nowMs() - (toldMs ?? oldestMs) >= REMINDER_MS;
  }

  #tell(cause: string, withCount: boolean): void {
    this.#toldMs.delete(cause);
    const [oldest] = this.#toldMs.keys();
    if (this.#toldMs.size === MOST_CAUSES && oldest !== undefined) this.#toldMs.delete(oldest);
    this.#toldMs.set(cause, this.#clock.nowMs());
    this.#log(withCount ? `${cause} (${this.#failedAttempts} attempts have failed in ${this.#lasted()})` : cause);
  }

  #lasted(): string {
    return durationText(this.#clock.nowMs() - (this.#beganMs ?? 0));
  }
}
