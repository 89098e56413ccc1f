// What a master does now and then: forgets old builds, a few at a time, and keeps when workers were seen last.
import type { Clock, Timer } from "../base/clock.ts";
import { MINUTE_MS } from "../base/duration.ts";

const FORGET_MS = 60 * MINUTE_MS;

/** Between two lots of builds that are forgotten, so that builds and pages go on. */
const PAUSE_MS = 50;

export interface HousekeepingOptions {
  readonly clock: Clock;
  /** Gives whether there is more to forget. */
  readonly forgetSome: () => boolean;
  readonly keepLastSeen: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #forgetting: Timer | undefined;
  #seeing: Timer | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.forget();
    this.#see();
  }

  stop(): void {
    this.#forgetting?.cancel();
    this.#seeing?.cancel();
  }

  /** Soon, and for as long as there is something. */
  forget(): void {
    this.#forgetIn(PAUSE_MS);
  }

  #forgetIn(delayMs: number): void {
    this.#forgetting?.cancel();
    this.#forgetting = this.#options.clock.after(delayMs, () => {
      const isMore = this.#tried(this.#options.forgetSome) ?? false;
      this.#forgetIn(isMore ? PAUSE_MS : FORGET_MS);
    });
  }

  #see(): void {
    this.#seeing = this.#options.clock.after(MINUTE_MS, () => {
      this.#tried(this.#options.keepLastSeen);
      this.#see();
    });
  }

  #tried<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (error) {
      this.#options.onFailure(error);
      return undefined;
    }
  }
}
