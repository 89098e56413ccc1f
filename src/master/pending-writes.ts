// Writes that must be done even if they fail at first, such as the end of a build: kept in order and retried. Logs each
// outage once. Does not know what is written.
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
  /** Makes a write that changes nothing; throws if it fails. */
  readonly probe: () => void;
  /** Called when the outage is over. */
  readonly onRecovered: () => void;
}

export class PendingWrites {
  readonly #options: PendingWritesOptions;
  readonly #pending: Pending[] = [];
  #timer: Timer | undefined;
  #trouble: string | undefined;
  /** Retrying does not help. */
  #isDamaged = false;
  #isClosed = false;

  constructor(options: PendingWritesOptions) {
    this.#options = options;
  }

  /** No build starts while writes fail. */
  get isOutage(): boolean {
    return this.#trouble !== undefined;
  }

  /** Why writes fail, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Calls `write` until it does not throw; resolves then. */
  insist(write: () => void): Promise<void> {
    return new Promise((written) => {
      this.#pending.push({ write, written });
      if (!this.isOutage) this.#drain();
    });
  }

  /** Reports that a write without retries has failed: no build starts until writes succeed again. */
  failed(error: unknown): void {
    this.#isDamaged ||= masterErrors.storeDamaged.is(error);
    if (!this.isOutage) this.#options.log(`${errorText(error)}; no build starts until then`);
    this.#trouble = errorText(error);
    if (this.#isClosed || this.#isDamaged) return;
    this.#timer ??= this.#options.clock.after(RETRY_MS, () => this.#drain());
  }

  /** Tries once more. */
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
    this.#options.log("the master's database is writable again");
    this.#options.onRecovered();
  }
}
