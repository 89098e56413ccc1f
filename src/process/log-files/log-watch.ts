// Watches the log files of one program: looks at all of them at its start, every two seconds and at its end, and gives
// what was added to each. Reads in turn, a piece of each file at a time, so that a huge one delays no other.
import type { PathLike } from "node:fs";
import type { Clock, Timer } from "../../base/clock.ts";
import { FollowedFile } from "./log-tail.ts";

/** How often files are looked at. */
export const LOG_POLL_INTERVAL_MS = 2000;
/** A file's turn. */
const PIECE_BYTES = 64 * 1024;

export interface LogFile {
  /** As the master calls it. */
  readonly name: string;
  /** Absolute. */
  readonly path: PathLike;
  /** What it held before the program started is not wanted. */
  readonly follow: boolean;
}

export interface LogWatchOptions {
  readonly clock: Clock;
  readonly files: readonly LogFile[];
  /** The bytes are the receiver's own. */
  readonly onBytes: (name: string, bytes: Buffer) => void;
}

interface Watched {
  readonly name: string;
  readonly tail: FollowedFile;
}

/** Used in this order: `remember`, `start`, `finish`, `close`; only `close` is due in any case. */
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

  /** Notes what is there before the program starts. */
  async remember(): Promise<void> {
    for (const { tail } of this.#logs) await tail.remember();
  }

  /** The program was started: looks now and from time to time. */
  start(): void {
    if (this.#logs.length === 0 || this.#isFinishing || this.#isStopped) return;
    this.#polling = this.#poll().then(() => {
      if (!this.#isFinishing && !this.#isStopped) {
        this.#timer = this.#clock.after(LOG_POLL_INTERVAL_MS, () => this.start());
      }
    });
    this.#polling.catch(() => {}); // whoever waits for the end is told
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

  /** The program is over: resolves when all that the files hold by now was given. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#timer?.cancel();
    await this.#polling;
    await this.#poll();
  }

  /** Reads no further; what is under way ends soon, `finish` too. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#unpause();
  }

  /** Stops, and closes all files. */
  async close(): Promise<void> {
    this.stop();
    await this.#polling.catch(() => {}); // told by `finish`
    for (const { tail } of this.#logs) await tail.close();
  }

  async #poll(): Promise<void> {
    for (const { tail } of this.#logs) {
      if (this.#isStopped) return;
      await tail.look();
    }
    for (let unread = this.#logs; unread.length > 0; ) unread = await this.#readEach(unread);
  }

  /** Gives a piece of each log; resolves to those that may have more. */
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
