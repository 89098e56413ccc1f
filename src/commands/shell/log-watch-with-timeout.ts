// Reads the log files of one program as long as their file system responds: a hanging system call can only be
// abandoned.

import { LogWatch, type LogWatchOptions } from "../../process/log-files/log-watch.ts";
import { Deadlines } from "../../process/run/index.ts";
import { ABANDON_MS } from "../abandon.ts";

/** How long to wait for the files without progress before giving up. */
export const LOG_SILENCE_LIMIT_MS = 60_000;

/** The part of LogWatch that is used. */
export type Watch = Pick<LogWatch, "remember" | "start" | "pause" | "resume" | "finish" | "stop" | "close">;

export interface LogWatchWithTimeoutOptions extends LogWatchOptions {
  /** Called when giving up, unless they were stopped: their output may be incomplete. */
  readonly onGivenUp: () => void;
  /** Default: a LogWatch. */
  readonly watch?: (options: LogWatchOptions) => Watch;
}

/** Used like a LogWatch, but its promises always settle, and there is no output after `close`. */
export class LogWatchWithTimeout {
  readonly #options: LogWatchWithTimeoutOptions;
  readonly #watch: Watch;
  /** Set while waiting for the files. */
  #silence: Deadlines | undefined;
  #silenceLimitMs = LOG_SILENCE_LIMIT_MS;
  /** The latest call. Never rejects, and may never resolve. */
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

  /** Whether the caller is waiting for the files. */
  get isAwaited(): boolean {
    return this.#silence !== undefined;
  }

  remember(): Promise<void> {
    return this.#withTimeout(() => this.#watch.remember());
  }

  start(): void {
    if (!this.#isGivenUp) this.#watch.start();
  }

  pause(): void {
    this.#isPaused = true;
    this.#watch.pause();
    if (!this.#isStopped) this.#silence?.pause(); // we are not reading
  }

  resume(): void {
    this.#isPaused = false;
    this.#watch.resume();
    this.#silence?.resume();
  }

  finish(): Promise<void> {
    return this.#withTimeout(() => this.#watch.finish());
  }

  /** Reduces the timeout to that of interrupted system calls. */
  shortenTimeout(): void {
    this.#silenceLimitMs = ABANDON_MS;
    if (this.isAwaited) this.#countSilence();
  }

  /** Stops reading, and shortens the timeout. */
  stop(): void {
    this.#isStopped = true;
    this.#watch.stop();
    this.shortenTimeout();
  }

  /** Files on a file system that does not respond are closed when it does. */
  async close(): Promise<void> {
    this.stop();
    if (this.#isGivenUp) void this.#work.then(() => this.#watch.close());
    else await this.#withTimeout(() => this.#watch.close());
  }

  #receive(name: string, bytes: Buffer): void {
    if (this.#isGivenUp) return;
    this.#silence?.noteActivity();
    this.#options.onBytes(name, bytes);
  }

  /** Settles as the work does, or resolves when it gives up; then no further work is started. */
  async #withTimeout(begin: () => Promise<void>): Promise<void> {
    if (this.#isGivenUp || this.#options.files.length === 0) return;
    const work = begin();
    this.#work = work.catch(() => {}); // reported to the caller
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
