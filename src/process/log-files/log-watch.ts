// Watches the log files of one program: polls all of them at its start, every two seconds and at its end, and passes on
// added bytes. Reads them in turn, one piece at a time, so that a huge file does not delay the others.
import type { PathLike } from "node:fs";
import type { Clock, Timer } from "../../base/clock.ts";
import { FollowedFile } from "./log-tail.ts";

export const LOG_POLL_INTERVAL_MS = 2000;
/** Bytes read from one file at a time. */
const PIECE_BYTES = 64 * 1024;

export interface LogFile {
  /** The master's name for it. */
  readonly name: string;
  /** Absolute. */
  readonly path: PathLike;
  /** Skip what it contained before the program started. */
  readonly follow: boolean;
}

export interface LogWatchOptions {
  readonly clock: Clock;
  readonly files: readonly LogFile[];
  /** The receiver owns the bytes. */
  readonly onBytes: (name: string, bytes: Buffer) => void;
}

interface Watched {
  readonly name: string;
  readonly tail: FollowedFile;
}

/** Call `remember`, `start`, `finish`, `close` in this order; only `close` is mandatory. */
export class LogWatch {
  readonly #clock: Clock;
  readonly #onBytes: (name: string, bytes: Buffer) => void;
  readonly #logs: readonly Watched[];
  readonly #buffer: Buffer;
  #timer: Timer | undefined;
  #polling: Promise<void> = Promise.resolve();
  #isFinishing = false;
  #isStopped = false;
  #paused: Promise<void> | undefined;
  #unpause: () => void = () => {};

  constructor({ clock, files, onBytes }: LogWatchOptions) {
    this.#clock = clock;
    this.#onBytes = onBytes;
    this.#logs = files.map(({ name, path, follow }) => ({ name, tail: new FollowedFile({ path, follow }) }));
    this.#buffer = Buffer.allocUnsafe(files.length > 0 ? PIECE_BYTES : 0);
  }

  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  /** Records the existing files before the program starts. */
  async remember(): Promise<void> {
    for (const { tail } of this.#logs) await tail.remember();
  }

  /** The program has started: polls now and periodically. */
  start(): void {
    if (this.#logs.length === 0 || this.#isFinishing || this.#isStopped) return;
    this.#polling = this.#poll().then(() => {
      if (!this.#isFinishing && !this.#isStopped) {
        this.#timer = this.#clock.after(LOG_POLL_INTERVAL_MS, () => this.start());
      }
    });
    this.#polling.catch(() => {}); // `finish` reports it
  }

  /** Stops reading until `resume`, also for `finish`. */
  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#unpause = resolve;
    });
  }

  resume(): void {
    this.#paused = undefined;
    this.#unpause();
  }

  /** The program has ended: resolves when everything in the files by now was passed on. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#timer?.cancel();
    await this.#polling;
    await this.#poll();
  }

  /** Stops reading; pending calls end soon, including `finish`. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#unpause();
  }

  /** Stops, and closes all files. */
  async close(): Promise<void> {
    this.stop();
    await this.#polling.catch(() => {}); // reported by `finish`
    for (const { tail } of this.#logs) await tail.close();
  }

  async #poll(): Promise<void> {
    for (const { tail } of this.#logs) {
      if (this.#isStopped) return;
      await tail.look();
    }
    for (let unread = this.#logs; unread.length > 0; ) unread = await this.#readEach(unread);
  }

  /** Passes on a piece of each log; resolves to those that may have more. */
  async #readEach(logs: readonly Watched[]): Promise<readonly Watched[]> {
    const unread: Watched[] = [];
    for (const log of logs) {
      while (this.#paused !== undefined && !this.#isStopped) await this.#paused;
      if (this.#isStopped) return [];
      const bytes = await log.tail.read(this.#buffer);
      if (bytes === undefined) continue;
      this.#onBytes(log.name, Buffer.from(bytes));
      unread.push(log);
    }
    return unread;
  }
}
