// Periodic work of a master: deletes old builds, a few at a time, and their artifacts, and records when workers were
// last seen.
import type { Clock, Timer } from "../base/clock.ts";
import { MINUTE_MS } from "../base/duration.ts";

const DELETE_MS = 60 * MINUTE_MS;

/** Pause between two batches of deleted builds, so that builds and pages go on. */
const PAUSE_MS = 50;

export interface HousekeepingOptions {
  readonly clock: Clock;
  /** Returns whether there is more to delete. */
  readonly deleteSome: () => boolean;
  /** Deletes files of builds that no longer exist; called when there are no more builds to delete. */
  readonly deleteLeftovers: () => void;
  readonly recordLastSeen: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #deleting: Timer | undefined;
  #recording: Timer | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.deleteOld();
    this.#recordSeen();
  }

  stop(): void {
    this.#deleting?.cancel();
    this.#recording?.cancel();
  }

  /** Starts soon, and goes on until nothing is left to delete. */
  deleteOld(): void {
    this.#deleteIn(PAUSE_MS);
  }

  #deleteIn(delayMs: number): void {
    this.#deleting?.cancel();
    this.#deleting = this.#options.clock.after(delayMs, () => {
      const isMore = this.#tried(this.#options.deleteSome) ?? false;
      if (!isMore) this.#tried(this.#options.deleteLeftovers);
      this.#deleteIn(isMore ? PAUSE_MS : DELETE_MS);
    });
  }

  #recordSeen(): void {
    this.#recording = this.#options.clock.after(MINUTE_MS, () => {
      this.#tried(this.#options.recordLastSeen);
      this.#recordSeen();
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
