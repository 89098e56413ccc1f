// Writes twistd.log in Twisted's format. Each entry is in the file before the call returns; a full log is rotated between
// two entries.
import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { KnownSecrets } from "../base/known-secrets.ts";
import { systemError, systemReason } from "../base/system-error.ts";
import { daemonErrors } from "./errors.ts";
import { type LogFormat, logEntry } from "./log-entry.ts";
import { rotateDay, rotateLog } from "./rotate-log.ts";

/** Default permissions of a new log, less the umask. All users may read it. */
const MODE = 0o644;
const STREAMS = { stdout: 1, stderr: 2 } as const;

export interface LogOptions {
  /** The log is rotated before the next entry when it has reached this size; null or 0: never. */
  readonly rotateLengthBytes?: number | null;
  /** Rotates the log before the first entry of each day, to the name `twistd.log.2026_7_1`. All are kept. */
  readonly rotatesDaily?: boolean;
  /** Rotated logs that are kept; null: all. */
  readonly maxRotatedFiles?: number | null;
  readonly format?: LogFormat;
  /** Permissions of a new file, less the umask. */
  readonly mode?: number;
  /** Hidden in every entry. */
  readonly secrets?: KnownSecrets;
}

export interface TwistdLog {
  /** Appends `text`, which may have several lines; `system` is the word in brackets. Never throws. */
  line(text: string, system?: string): void;
  /** Rotates the log now. */
  rotate(): void;
  /**
   * Reopens the path if the log was renamed or removed. If that fails, it logs the reason to the old file. False if the log
   * was not moved.
   */
  reopen(): boolean;
  /** Closes the log; later entries are dropped. Idempotent. */
  close(): void;
}

/** Opens the log at `path` for appending. Throws `daemonErrors.logUnopened` with Python's message. */
export function openTwistdLog(path: string, clock: Clock, options: LogOptions = {}): TwistdLog {
  return new LogFile({ path, descriptor: openToAppend(path, options.mode) }, clock, options);
}

/** Opens or creates a log and returns its descriptor. Throws ERR_LOG_UNOPENED. */
export function openToAppend(path: string, mode = MODE): number {
  try {
    return openSync(path, "a", mode);
  } catch (error) {
    throw daemonErrors.logUnopened.from(error, path, systemError(error)?.errno ?? 0, systemReason(error));
  }
}

/** A log on one of this process's standard streams. It is never rotated. */
export function openStreamLog(stream: keyof typeof STREAMS, clock: Clock, options: LogOptions = {}): TwistdLog {
  return new LogFile({ path: undefined, descriptor: STREAMS[stream] }, clock, options);
}

/** The local date in the format of Twisted's DailyLogFile. */
function dayOf(date: Date): string {
  return `${date.getFullYear()}_${date.getMonth() + 1}_${date.getDate()}`;
}

interface LogTarget {
  /** Undefined for a stream, which cannot be rotated. */
  readonly path: string | undefined;
  readonly descriptor: number;
}

/**
 * A failed write must not end a build, so the entry is dropped. The next successful write reports how many entries are
 * missing, and why.
 */
class LogFile implements TwistdLog {
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #options: LogOptions;
  #descriptor: number | undefined;
  #sizeBytes: number;
  #lastEntry: Date;
  #lostCount = 0;
  #lostReason = "";
  #rotationFailed = false;
  /** Only the beginning of an entry was written, as on a full disk. */
  #midLine = false;

  constructor({ path, descriptor }: LogTarget, clock: Clock, options: LogOptions) {
    this.#path = path;
    this.#clock = clock;
    this.#options = options;
    this.#descriptor = descriptor;
    const { size, mtime } = fstatSync(descriptor);
    this.#sizeBytes = size;
    this.#lastEntry = size === 0 ? clock.date() : mtime;
  }

  line(text: string, system = "-"): void {
    const { rotateLengthBytes, rotatesDaily } = this.#options;
    const now = this.#clock.date();
    const isFull = rotateLengthBytes && this.#sizeBytes >= rotateLengthBytes;
    if (isFull || (rotatesDaily && now > this.#lastEntry && dayOf(now) !== dayOf(this.#lastEntry))) this.rotate();
    this.#lastEntry = now;
    const entry = this.#entry(text, system);
    if (!this.#append(this.#gapNote() + entry)) this.#lostCount += 1;
    else this.#lostCount = 0;
  }

  rotate(): void {
    if (this.#descriptor === undefined || this.#path === undefined) return;
    try {
      if (this.#options.rotatesDaily) rotateDay(this.#path, dayOf(this.#lastEntry));
      else rotateLog(this.#path, this.#options.maxRotatedFiles ?? null);
      this.#openNext(this.#path, this.#descriptor);
      this.#rotationFailed = false;
    } catch (error) {
      // Logging continues in the same file. Each entry retries the rotation.
      if (this.#rotationFailed) return;
      this.#rotationFailed = true;
      this.#append(this.#entry(`the log cannot be rotated: ${systemReason(error)}; it continues in this file`, "-"));
    }
  }

  reopen(): boolean {
    if (this.#descriptor === undefined || this.#path === undefined) return false;
    try {
      const own = fstatSync(this.#descriptor);
      // It may have been truncated.
      this.#sizeBytes = own.size;
      const present = statSync(this.#path, { throwIfNoEntry: false });
      if (present !== undefined && present.ino === own.ino && present.dev === own.dev) return false;
      this.#openNext(this.#path, this.#descriptor);
    } catch (error) {
      this.line(`the log cannot be reopened at ${this.#path}: ${systemReason(error)}; it continues in the old file`);
    }
    return true;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (this.#path === undefined) return;
    try {
      closeSync(descriptor);
    } catch {
      // The descriptor is closed in any case, and there is no log for the error.
    }
  }

  /** Keeps the old file if the new one cannot be opened. */
  #openNext(path: string, old: number): void {
    const next = openSync(path, "a", this.#options.mode ?? MODE);
    this.#descriptor = next;
    this.#sizeBytes = fstatSync(next).size;
    closeSync(old);
  }

  #gapNote(): string {
    if (this.#lostCount === 0) return "";
    const text = `${this.#lostCount} entries of this log were lost: ${this.#lostReason}`;
    return (this.#midLine ? "\n" : "") + this.#entry(text, "-");
  }

  #entry(text: string, system: string): string {
    const { format = "observer", secrets } = this.#options;
    return logEntry({ text: secrets?.hide(text) ?? text, system, date: this.#clock.date(), format });
  }

  /** False if not all of it was written. */
  #append(text: string): boolean {
    if (this.#descriptor === undefined) return false;
    const bytes = Buffer.from(text, "utf8");
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
      this.#sizeBytes += written;
      this.#midLine = false;
      return true;
    } catch (error) {
      this.#lostReason = systemReason(error);
      if (written > 0) this.#midLine = bytes[written - 1] !== 0x0a;
      return false;
    }
  }
}
