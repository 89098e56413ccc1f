// A clock that stands still until a test moves it.
import type { Clock, Timer } from "../../src/base/clock.ts";

interface Pending {
  readonly atMs: number;
  readonly fire: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  /** How far the wall clock is ahead of the monotonic one. */
  #wallAheadMs = 0;
  #lastTimerSetMs = 0;
  readonly #pending = new Set<Pending>();

  nowMs(): number {
    return this.#nowMs;
  }

  date(): Date {
    return new Date(this.#nowMs + this.#wallAheadMs);
  }

  after(delayMs: number, fire: () => void): Timer {
    this.#lastTimerSetMs = this.#nowMs;
    const pending = { atMs: this.#nowMs + delayMs, fire };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** When a timer was set last. */
  get lastTimerSetMs(): number {
    return this.#lastTimerSetMs;
  }

  get timerCount(): number {
    return this.#pending.size;
  }

  /** Sets the wall clock alone, as an admin does, or a host that sleeps. */
  jumpWall(ms: number): void {
    this.#wallAheadMs += ms;
  }

  /** Time goes on while nothing fires until it is over, as when a process is stopped. */
  stall(ms: number): void {
    this.#nowMs += ms;
    this.advance(0);
  }

  /** Moves time on, firing what falls due in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#pending].filter((p) => p.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#pending.delete(due);
      this.#nowMs = Math.max(due.atMs, this.#nowMs);
      due.fire();
    }
    this.#nowMs = endMs;
  }
}
