// The two deadlines of a run: without output, and in total. Knows no process.
import type { Clock, Timer } from "../../base/clock.ts";

/**
 * A timer this late means that this process was suspended: log files may be unread, and the run may have been suspended
 * too.
 */
const STANDSTILL_MS = 1000;

export interface DeadlineOptions {
  readonly clock: Clock;
  /** Longest time without output; undefined or 0 for no limit. */
  readonly idleTimeoutMs: number | undefined;
  /** Longest time in total; undefined or 0 for no limit. */
  readonly maxTimeMs: number | undefined;
  readonly onExpired: (deadline: "idle-timeout" | "max-time") => void;
}

/** Runs from construction until `cancel` or the first expiry. */
export class Deadlines {
  readonly #options: DeadlineOptions;
  #idle: Timer | undefined;
  #total: Timer | undefined;
  /** Remaining idle time, and since when it is being counted; undefined while paused. */
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

  /** Restarts the idle time. */
  noteActivity(): void {
    this.#idleLeftMs = this.#options.idleTimeoutMs ?? 0;
    if (this.#countedFromMs !== undefined) this.#countedFromMs = this.#options.clock.nowMs();
  }

  /** Stops counting idle time, because we are not reading. */
  pause(): void {
    if (this.#countedFromMs === undefined) return;
    this.#idleLeftMs -= this.#options.clock.nowMs() - this.#countedFromMs;
    this.#countedFromMs = undefined;
    this.#idle?.cancel();
  }

  /** Continues to count idle time where it stopped. */
  resume(): void {
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

  /** Frequent activity does not reset the timer; it is considered when the timer fires. */
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
