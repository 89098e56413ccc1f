// The two clocks a run is watched by: too long without output, and too long at all. Knows no process.
import type { Clock, Timer } from "../../base/clock.ts";

/** A timer this late means that this process was stopped: log files may be unread, and what is watched was perhaps stopped too. */
const STANDSTILL_MS = 1000;

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
  /** Silence that may still come, and since when it is being counted; undefined while it is held. */
  #idleLeftMs: number;
  #countedFromMs: number | undefined;
  #over = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
    this.#idleLeftMs = options.idleTimeoutMs ?? 0;
    const { clock, maxTimeMs } = options;
    if (maxTimeMs) this.#total = clock.after(maxTimeMs, () => this.#expire("max-time"));
    this.#countIdle();
  }

  /** There was a sign of life: the silence begins anew. */
  noteActivity(): void {
    this.#idleLeftMs = this.#options.idleTimeoutMs ?? 0;
    if (this.#countedFromMs !== undefined) this.#countedFromMs = this.#options.clock.nowMs();
  }

  /** Stops counting silence, for it is ours. */
  hold(): void {
    if (this.#countedFromMs === undefined) return;
    this.#idleLeftMs -= this.#options.clock.nowMs() - this.#countedFromMs;
    this.#countedFromMs = undefined;
    this.#idle?.cancel();
  }

  /** Counts silence again from where it was: others' output is no sign of life of this run. */
  letGo(): void {
    if (this.#countedFromMs === undefined) this.#countIdle();
  }

  cancel(): void {
    this.#over = true;
    this.#idle?.cancel();
    this.#total?.cancel();
  }

  #countIdle(): void {
    this.#countedFromMs = this.#options.clock.nowMs();
    this.#lookIn(this.#idleLeftMs);
  }

  #lookIn(delayMs: number): void {
    const { clock, idleTimeoutMs } = this.#options;
    if (this.#over || !idleTimeoutMs) return;
    const dueMs = clock.nowMs() + delayMs;
    this.#idle = clock.after(delayMs, () => this.#look(dueMs));
  }

  /** Activity moves no timer, for there may be much of it: it is seen when the timer fires. */
  #look(dueMs: number): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs - dueMs >= STANDSTILL_MS) this.noteActivity();
    const leftMs = this.#idleLeftMs - (nowMs - (this.#countedFromMs ?? nowMs));
    if (leftMs > 0) this.#lookIn(leftMs);
    else this.#expire("idle-timeout");
  }

  #expire(deadline: "idle-timeout" | "max-time"): void {
    this.cancel();
    this.#options.onExpired(deadline);
  }
}
