// Keepalives over a connection: sent at an interval, each with a deadline for its answer, so that a master which is gone
// without a word is noticed. Knows no protocol.
import type { Clock, Timer } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";

/** So often it looks whether time has jumped. */
const LOOK_INTERVAL_MS = 10_000;
/** Time that passed beside what was waited for, from which on the host was asleep, or this process was stopped. */
const NOTICED_JUMP_MS = 15_000;

export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Each that goes well is not worth a line. */
  readonly isQuiet?: boolean;
  /** 0 or less turns it off. */
  readonly intervalMs: number;
  /** How long the master may be silent when it was asked; masters stall for a minute while they reconfigure. */
  readonly deadlineMs: number;
  /** The master did not answer in time, nor was anything else heard of it. */
  readonly onSilence: () => void;
}

export class Keepalive {
  readonly #options: KeepaliveOptions;
  /** Resolves when the master has answered. */
  #send: () => Promise<unknown> = () => Promise.resolve();
  #timer: Timer | undefined;
  #isAsked = false;
  #nextMs = 0;
  /** Of the last sign of life, or of the question when that was later. */
  #heardMs = 0;
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

  /** The master is there, whatever it said: a slow line may hold its answer up behind a lot of output. */
  touch(): void {
    this.#heardMs = this.#options.clock.nowMs();
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
    const dueMs = this.#isAsked ? this.#heardMs + deadlineMs : this.#nextMs;
    const delayMs = Math.min(Math.max(dueMs - nowMs, 0), LOOK_INTERVAL_MS);
    this.#timer?.cancel();
    this.#timer = clock.after(delayMs, () => {
      const lateMs = clock.nowMs() - nowMs - delayMs;
      // A host that sleeps stops the monotonic clock on most systems, and not the wall's.
      const sleptMs = clock.date().getTime() - wallMs - delayMs;
      this.#look(lateMs, sleptMs);
    });
  }

  #look(lateMs: number, sleptMs: number): void {
    const { clock, deadlineMs, onSilence } = this.#options;
    const jumpMs = Math.max(lateMs, sleptMs);
    if (jumpMs >= NOTICED_JUMP_MS) return this.#afterJump(jumpMs, lateMs);
    if (this.#isAsked && clock.nowMs() >= this.#heardMs + deadlineMs) return onSilence();
    if (!this.#isAsked && clock.nowMs() >= this.#nextMs) this.#ask();
    this.#wait();
  }

  /** Meanwhile the master may have gone, and so may every box between us that keeps track of connections. */
  #afterJump(jumpMs: number, lateMs: number): void {
    this.#options.log(
      `time has jumped by ${durationText(jumpMs)}, as when a host sleeps: asking the master whether it is there`,
    );
    // What it said while we could not listen was not heard yet.
    if (lateMs >= NOTICED_JUMP_MS) this.touch();
    if (!this.#isAsked) this.#ask();
    this.#wait();
  }

  #ask(): void {
    this.#say("sending app-level keepalive");
    this.#isAsked = true;
    this.touch();
    this.#send().then(
      () => this.#answered("Master replied to keepalive, everything's fine"),
      // An error is an answer too; a lost connection has ended this already.
      (error: unknown) => this.#answered(`Master refused the keepalive: ${String(error)}`),
    );
  }

  #answered(sentence: string): void {
    if (this.#stopped) return;
    this.#say(sentence);
    this.#isAsked = false;
    this.#waitInterval();
  }

  #say(sentence: string): void {
    if (this.#options.isQuiet !== true) this.#options.log(sentence);
  }
}
