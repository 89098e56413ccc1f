// The two clocks a run is watched by: too long without output, and too long at all. Knows no process.
import type { Clock, Timer } from "../base/clock.ts";

export interface DeadlineOptions {
  readonly clock: Clock;
  /** Longest silence; undefined or 0 for no limit. */
  readonly idleTimeoutMs: number | undefined;
  /** Longest time at all; undefined or 0 for no limit. */
  readonly maxTimeMs: number | undefined;
  readonly onExpired: (deadline: "idle-timeout" | "max-time") => void;
}

/** Runs from its making until `cancel` or the first expiry. */
export class Deadlines {
  readonly #options: DeadlineOptions;
  #idle: Timer | undefined;
  #total: Timer | undefined;
  #held = false;
  #over = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
    const { clock, maxTimeMs } = options;
    if (maxTimeMs) this.#total = clock.after(maxTimeMs, () => this.#expire("max-time"));
    this.#restartIdle();
  }

  /** There was a sign of life: the silence begins anew. */
  noteActivity(): void {
    this.#restartIdle();
  }

  /** Stops counting silence, for it is ours. */
  hold(): void {
    this.#held = true;
    this.#idle?.cancel();
  }

  /** Counts silence again, from nothing. */
  letGo(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#restartIdle();
  }

  cancel(): void {
    this.#over = true;
    this.#idle?.cancel();
    this.#total?.cancel();
  }

  #restartIdle(): void {
    const { clock, idleTimeoutMs } = this.#options;
    this.#idle?.cancel();
    if (this.#over || this.#held || !idleTimeoutMs) return;
    this.#idle = clock.after(idleTimeoutMs, () => this.#expire("idle-timeout"));
  }

  #expire(deadline: "idle-timeout" | "max-time"): void {
    this.cancel();
    this.#options.onExpired(deadline);
  }
}
