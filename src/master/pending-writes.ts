// What must be recorded although the disk does not take it now, such as the end of a build: kept in order, and tried again
// until it is. Says each outage once. Does not know what is written.
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { masterErrors } from "./errors.ts";

const RETRY_MS = 5000;

interface Pending {
  readonly write: () => void;
  readonly written: () => void;
}

export interface PendingWritesOptions {
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** Writes something that changes nothing, or throws. */
  readonly probe: () => void;
  /** The outage is over. */
  readonly onRecovered: () => void;
}

export class PendingWrites {
  readonly #options: PendingWritesOptions;
  readonly #pending: Pending[] = [];
  #timer: Timer | undefined;
  #trouble: string | undefined;
  /** No waiting mends that. */
  #isDamaged = false;
  #isClosed = false;

  constructor(options: PendingWritesOptions) {
    this.#options = options;
  }

  /** Nothing new is begun while the last writes fail. */
  get isOutage(): boolean {
    return this.#trouble !== undefined;
  }

  /** Why the last writes fail, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** `write` throws when it cannot be done and is called again later; resolves when it is done. */
  insist(write: () => void): Promise<void> {
    return new Promise((written) => {
      this.#pending.push({ write, written });
      if (!this.isOutage) this.#drain();
    });
  }

  /** A write that nobody insists on has failed: nothing new is begun until there is room again. */
  failed(error: unknown): void {
    this.#isDamaged ||= masterErrors.storeDamaged.is(error);
    if (!this.isOutage) this.#options.log(`${errorText(error)}; until then no build begins`);
    this.#trouble = errorText(error);
    if (this.#isClosed || this.#isDamaged) return;
    this.#timer ??= this.#options.clock.after(RETRY_MS, () => this.#drain());
  }

  /** Tries a last time. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    if (this.#pending.length > 0) this.#drain();
  }

  #drain(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    try {
      if (this.isOutage) this.#options.probe();
      for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
        next.write();
        this.#pending.shift();
        next.written();
      }
    } catch (error) {
      this.failed(error);
      return;
    }
    if (!this.isOutage) return;
    this.#trouble = undefined;
    this.#options.log("the store can be written again");
    this.#options.onRecovered();
  }
}
