// Keepalives over a connection: sent at an interval, each with a deadline for its answer, so that a master which is gone
// without a word is noticed.
import type { Clock, Timer } from "../base/clock.ts";
import { errors, type WorkerError } from "../base/errors.ts";

/** Masters answer within milliseconds, but may stall for a minute while they reconfigure. */
export const KEEPALIVE_ANSWER_LIMIT_MS = 120_000;

export interface KeepaliveOptions {
  /** 0 or less turns it off. */
  readonly intervalMs: number;
  /** The master did not answer in time. */
  readonly onSilence: (cause: WorkerError) => void;
}

export class Keepalive {
  readonly #settings: { readonly clock: Clock; readonly log: (text: string) => void };
  readonly #options: KeepaliveOptions;
  #timer: Timer | undefined;
  #heardAtMs = 0;
  #stopped = false;

  constructor(settings: { readonly clock: Clock; readonly log: (text: string) => void }, options: KeepaliveOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** `send` resolves when the master has answered. */
  start(send: () => Promise<unknown>): void {
    if (this.#options.intervalMs <= 0) return;
    this.#settings.log(`sending application-level keepalives every ${this.#options.intervalMs / 1000} seconds`);
    this.#schedule(send);
  }

  /** The master is there, whatever it said: a slow line may hold its answer up behind a lot of output. */
  noteLife(): void {
    this.#heardAtMs = this.#settings.clock.nowMs();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #schedule(send: () => Promise<unknown>): void {
    this.#timer = this.#settings.clock.after(this.#options.intervalMs, () => void this.#once(send));
  }

  async #once(send: () => Promise<unknown>): Promise<void> {
    this.#settings.log("sending app-level keepalive");
    this.noteLife();
    this.#watch(KEEPALIVE_ANSWER_LIMIT_MS);
    try {
      await send();
      if (!this.#stopped) this.#settings.log("Master replied to keepalive, everything's fine");
    } catch (error) {
      // An error is an answer too; a lost connection has ended this already.
      if (!this.#stopped) this.#settings.log(`Master refused the keepalive: ${String(error)}`);
    }
    this.#timer?.cancel();
    if (!this.#stopped) this.#schedule(send);
  }

  /** Counts from the last sign of life, looked at when the time is over rather than at each of them. */
  #watch(forMs: number): void {
    const { clock } = this.#settings;
    this.#timer = clock.after(forMs, () => {
      const leftMs = this.#heardAtMs + KEEPALIVE_ANSWER_LIMIT_MS - clock.nowMs();
      if (leftMs > 0) return this.#watch(leftMs);
      const seconds = KEEPALIVE_ANSWER_LIMIT_MS / 1000;
      this.#options.onSilence(errors.connectionLost(`the master did not answer a keepalive for ${seconds} seconds`));
    });
  }
}
