// Writes twistd.log: one entry at a time, each whole in the file before the call returns, in Twisted's format; a full log
// is set aside between two entries. Knows nothing of what is logged.
import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { systemError, systemReason } from "../base/system-error.ts";
import { daemonErrors } from "./errors.ts";
import { type LogFormat, logEntry } from "./log-entry.ts";
import { rotateLog, setAsideDay } from "./rotate-log.ts";

/** Permissions of a new log, less the umask, unless it is given others: anybody may read why a worker is not there. */
const MODE = 0o644;
const STREAMS = { stdout: 1, stderr: 2 } as const;

export interface LogOptions {
  /** Size from which on the log is set aside before the next entry; null or 0: never. */
  readonly rotateLengthBytes?: number | null;
  /** Whether the log is set aside before the first entry of each day, by the name `twistd.log.2026_7_1`; all are kept. */
  readonly rotatesDaily?: boolean;
  /** Old logs that are kept; null: all. */
  readonly maxRotatedFiles?: number | null;
  readonly format?: LogFormat;
  /** Permissions of a new file, less the umask. */
  readonly mode?: number;
}

export interface TwistdLog {
  /** Appends `text`, which may have several lines; `system` is the word in brackets. Never throws. */
  line(text: string, system?: string): void;
  /** Sets the log aside now and begins a new one. */
  rotate(): void;
  /**
   * Goes on in the file that is at the path by now, or makes one, when somebody has moved the log away; says in the old
   * one why if it cannot be. False when the log is where it was.
   */
  reopen(): boolean;
  /** Ends the log; what is logged after that is dropped. Harmless when it is closed already. */
  close(): void;
}

/** Opens the log at `path` for appending, and keeps it open. Throws `daemonErrors.logUnopened`, worded as Python words it. */
export function openTwistdLog(path: string, clock: Clock, options: LogOptions = {}): TwistdLog {
  return new LogFile({ path, descriptor: openToAppend(path, options.mode) }, clock, options);
}

/** The descriptor of a log that is there or is made. Throws ERR_LOG_UNOPENED. */
export function openToAppend(path: string, mode = MODE): number {
  try {
    return openSync(path, "a", mode);
  } catch (error) {
    throw daemonErrors.logUnopened.from(error, path, systemError(error)?.errno ?? 0, systemReason(error));
  }
}

/** A log on one of this process's standard streams, for whoever runs it to keep. It is never set aside. */
export function openStreamLog(stream: keyof typeof STREAMS, clock: Clock, options: LogOptions = {}): TwistdLog {
  return new LogFile({ path: undefined, descriptor: STREAMS[stream] }, clock, options);
}

/** The local date, as Twisted's DailyLogFile writes it. */
function dayOf(date: Date): string {
  return `${date.getFullYear()}_${date.getMonth() + 1}_${date.getDate()}`;
}

interface Place {
  /** Undefined for what cannot be set aside. */
  readonly path: string | undefined;
  readonly descriptor: number;
}

/**
 * A log that cannot be written must not end a build, so a failed write is dropped; the next one that succeeds says how
 * many entries are missing and why.
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
  /** It could not be rotated the last time. */
  #isStuck = false;
  /** A full disk took the beginning of an entry and not its end. */
  #midLine = false;

  constructor({ path, descriptor }: Place, clock: Clock, options: LogOptions) {
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
      if (this.#options.rotatesDaily) setAsideDay(this.#path, dayOf(this.#lastEntry));
      else rotateLog(this.#path, this.#options.maxRotatedFiles ?? null);
      this.#openAnew(this.#path, this.#descriptor);
      this.#isStuck = false;
    } catch (error) {
      // A log that is too long beats none. Each entry tries again.
      if (this.#isStuck) return;
      this.#isStuck = true;
      this.#append(this.#entry(`the log cannot be rotated: ${systemReason(error)}; it goes on in the same file`, "-"));
    }
  }

  reopen(): boolean {
    if (this.#descriptor === undefined || this.#path === undefined) return false;
    try {
      const own = fstatSync(this.#descriptor);
      // Somebody may have emptied it, too.
      this.#sizeBytes = own.size;
      const present = statSync(this.#path, { throwIfNoEntry: false });
      if (present !== undefined && present.ino === own.ino && present.dev === own.dev) return false;
      this.#openAnew(this.#path, this.#descriptor);
    } catch (error) {
      this.line(`the log cannot be opened anew at ${this.#path}: ${systemReason(error)}; it goes on in the old file`);
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
      // The descriptor is gone whatever the reason, and there is no log left to say it in.
    }
  }

  /** The old one is kept when there is no other. */
  #openAnew(path: string, old: number): void {
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
    return logEntry({ text, system, date: this.#clock.date(), format: this.#options.format ?? "observer" });
  }

  /** Whether all of it was written. */
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
