// Sends keepalives over a connection at an interval, each with a deadline for its answer, to detect a master that is gone
// without closing the connection. Knows no protocol.
import type { Clock, Timer } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";

/** How often it checks whether time has jumped. */
const CHECK_INTERVAL_MS = 10_000;
/** A timer that is late by this much means that the host was asleep or this process was stopped. */
const JUMP_THRESHOLD_MS = 15_000;

export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Do not log each keepalive. */
  readonly isQuiet?: boolean;
  /** 0 or less turns it off. */
  readonly intervalMs: number;
  /** How long the master may be silent after a keepalive; masters stall for a minute while they reconfigure. */
  readonly deadlineMs: number;
  /**
   * How long nothing has moved on the way to a relay, which holds the connection meanwhile; the deadline stands still
   * while something does. Undefined without a relay.
   */
  readonly stalledMs?: () => number | undefined;
  /** The master did not answer in time, and nothing else was received from it. */
  readonly onTimeout: () => void;
}

export class Keepalive {
  readonly #options: KeepaliveOptions;
  /** Resolves when the master has answered. */
  #send: () => Promise<unknown> = () => Promise.resolve();
  #timer: Timer | undefined;
  #isPending = false;
  #nextMs = 0;
  /** When the last bytes were received, or the keepalive was sent if that was later. */
  #lastActivityMs = 0;
  #stopped = false;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
  }

  start(send: () => Promise<unknown>): void {
    const { intervalMs, log, isQuiet = false } = this.#options;
    if (intervalMs <= 0 || this.#stopped) return;
    this.#send = send;
    log(`sending ${isQuiet ? "pings" : "application-level keepalives"} every ${intervalMs / 1000} seconds`);
    this.#waitInterval();
  }

  /** Anything was received: on a slow line, much output may delay the answer to a keepalive. */
  touch(): void {
    this.#lastActivityMs = this.#options.clock.nowMs();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #waitInterval(): void {
    this.#nextMs = this.#options.clock.nowMs() + this.#options.intervalMs;
    this.#wait();
  }

  #wait(): void {
    const { clock, deadlineMs } = this.#options;
    const [nowMs, wallMs] = [clock.nowMs(), clock.date().getTime()];
    const dueMs = this.#isPending ? this.#aliveMs(nowMs) + deadlineMs : this.#nextMs;
    const delayMs = Math.min(Math.max(dueMs - nowMs, 0), CHECK_INTERVAL_MS);
    this.#timer?.cancel();
    this.#timer = clock.after(delayMs, () => {
      const lateMs = clock.nowMs() - nowMs - delayMs;
      // On most systems the monotonic clock stops while the host sleeps, and the wall clock does not.
      const sleptMs = clock.date().getTime() - wallMs - delayMs;
      this.#check(lateMs, sleptMs);
    });
  }

  #check(lateMs: number, sleptMs: number): void {
    const { clock, deadlineMs, onTimeout } = this.#options;
    const jumpMs = Math.max(lateMs, sleptMs);
    if (jumpMs >= JUMP_THRESHOLD_MS) return this.#afterJump(jumpMs, lateMs);
    if (this.#isPending && clock.nowMs() >= this.#aliveMs(clock.nowMs()) + deadlineMs) return onTimeout();
    if (!this.#isPending && clock.nowMs() >= this.#nextMs) this.#sendKeepalive();
    this.#wait();
  }

  #aliveMs(nowMs: number): number {
    return Math.max(this.#lastActivityMs, nowMs - (this.#options.stalledMs?.() ?? Number.POSITIVE_INFINITY));
  }

  /** In the meantime the master or a NAT box or firewall may have dropped the connection. */
  #afterJump(jumpMs: number, lateMs: number): void {
    this.#options.log(
      `time has jumped by ${durationText(jumpMs)}, as when a host sleeps: checking the connection to the master`,
    );
    // Bytes that arrived while this process was stopped have not been read yet.
    if (lateMs >= JUMP_THRESHOLD_MS) this.touch();
    if (!this.#isPending) this.#sendKeepalive();
    this.#wait();
  }

  #sendKeepalive(): void {
    this.#logUnlessQuiet("sending app-level keepalive");
    this.#isPending = true;
    this.touch();
    this.#send().then(
      () => this.#onAnswer("Master replied to keepalive, everything's fine"),
      // An error is an answer too; after a lost connection this is already stopped.
      (error: unknown) => this.#onAnswer(`Master refused the keepalive: ${String(error)}`),
    );
  }

  #onAnswer(sentence: string): void {
    if (this.#stopped) return;
    this.#logUnlessQuiet(sentence);
    this.#isPending = false;
    this.#waitInterval();
  }

  #logUnlessQuiet(sentence: string): void {
    if (this.#options.isQuiet !== true) this.#options.log(sentence);
  }
}
