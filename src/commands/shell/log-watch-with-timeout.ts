// The log files of one program, read for as long as their file system answers: what hangs in the system can only be left
// behind. Knows no program but by being told of its start and end.

import { LogWatch, type LogWatchOptions } from "../../process/log-files/log-watch.ts";
import { Deadlines } from "../../process/run/index.ts";
import { ABANDON_MS } from "../abandon.ts";

/** How long nothing may come from the files, when it is they that are waited for, until they are given up. */
export const LOG_SILENCE_LIMIT_MS = 60_000;

/** What is needed of a LogWatch. */
export type Watch = Pick<LogWatch, "remember" | "start" | "pause" | "resume" | "finish" | "stop" | "close">;

export interface LogWatchWithTimeoutOptions extends LogWatchOptions {
  /** Told when they are given up, unless they had been stopped: what they hold may be missing. */
  readonly onGivenUp: () => void;
  /** Default: a LogWatch. */
  readonly watch?: (options: LogWatchOptions) => Watch;
}

/** Used as a LogWatch, but none of its promises waits for ever, and nothing is given any more after `close`. */
export class LogWatchWithTimeout {
  readonly #options: LogWatchWithTimeoutOptions;
  readonly #watch: Watch;
  /** Counts while something is waited for. */
  #silence: Deadlines | undefined;
  #silenceLimitMs = LOG_SILENCE_LIMIT_MS;
  /** What was begun last. Rejects never, and may never resolve. */
  #work: Promise<void> = Promise.resolve();
  #abandon: () => void = () => {};
  #isGivenUp = false;
  #isStopped = false;
  #isPaused = false;

  constructor(options: LogWatchWithTimeoutOptions) {
    const { clock, files, watch = (own) => new LogWatch(own) } = options;
    this.#options = options;
    this.#watch = watch({ clock, files, onBytes: (name, bytes) => this.#receive(name, bytes) });
  }

  /** Whether it is for them that somebody waits. */
  get isAwaited(): boolean {
    return this.#silence !== undefined;
  }

  remember(): Promise<void> {
    return this.#patiently(() => this.#watch.remember());
  }

  start(): void {
    if (!this.#isGivenUp) this.#watch.start();
  }

  pause(): void {
    this.#isPaused = true;
    this.#watch.pause();
    if (!this.#isStopped) this.#silence?.pause(); // it is we who do not read
  }

  resume(): void {
    this.#isPaused = false;
    this.#watch.resume();
    this.#silence?.resume();
  }

  finish(): Promise<void> {
    return this.#patiently(() => this.#watch.finish());
  }

  /** From now on they have no more time to answer than any call to the system that was interrupted. */
  hurry(): void {
    this.#silenceLimitMs = ABANDON_MS;
    if (this.isAwaited) this.#countSilence();
  }

  /** Reads no further, and hurries. */
  stop(): void {
    this.#isStopped = true;
    this.#watch.stop();
    this.hurry();
  }

  /** Files of a system that does not answer are closed when it does. */
  async close(): Promise<void> {
    this.stop();
    if (this.#isGivenUp) void this.#work.then(() => this.#watch.close());
    else await this.#patiently(() => this.#watch.close());
  }

  #receive(name: string, bytes: Buffer): void {
    if (this.#isGivenUp) return;
    this.#silence?.noteActivity();
    this.#options.onBytes(name, bytes);
  }

  /** Settles as the work does, or resolves when that is given up; then there is no other any more. */
  async #patiently(begin: () => Promise<void>): Promise<void> {
    if (this.#isGivenUp || this.#options.files.length === 0) return;
    const work = begin();
    this.#work = work.catch(() => {}); // who waits for it is told
    const abandoned = new Promise<void>((resolve) => {
      this.#abandon = resolve;
    });
    this.#countSilence();
    try {
      await Promise.race([work, abandoned]);
    } finally {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
  }

  #countSilence(): void {
    this.#silence?.cancel();
    this.#silence = new Deadlines({
      clock: this.#options.clock,
      idleTimeoutMs: this.#silenceLimitMs,
      maxTimeMs: undefined,
      onExpired: () => this.#giveUp(),
    });
    if (this.#isPaused && !this.#isStopped) this.#silence.pause();
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.#watch.stop();
    if (!this.#isStopped) this.#options.onGivenUp();
    this.#abandon();
  }
}
