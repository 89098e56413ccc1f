// Writes twistd.log: one entry at a time, each whole in the file before the call returns, in Twisted's format. Knows
// nothing of what is logged. Moving a full log aside belongs between two entries, in `#append`.
import { closeSync, openSync, writeSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { errors } from "../base/errors.ts";
import { systemErrno, systemReason } from "../config/system-reason.ts";
import { logEntry } from "./log-entry.ts";

/** Permissions of a new log, less the umask: anybody may read why a worker is not there. */
const MODE = 0o644;

export interface TwistdLog {
  /** Appends `text`, which may have several lines; `system` is the word in brackets. Never throws. */
  line(text: string, system?: string): void;
  /** Ends the log; what is logged after that is dropped. Harmless when it is closed already. */
  close(): void;
}

/** Opens the log at `path` for appending, and keeps it open. Throws `errors.logUnopened`, worded as Python words it. */
export function openTwistdLog(path: string, clock: Clock): TwistdLog {
  try {
    return new LogFile(openSync(path, "a", MODE), clock);
  } catch (error) {
    throw errors.logUnopened.from(error, path, systemErrno(error) ?? 0, systemReason(error));
  }
}

/**
 * A log that cannot be written must not end a build, so a failed write is dropped; the next one that succeeds says how
 * many entries are missing and why.
 */
class LogFile implements TwistdLog {
  #descriptor: number | undefined;
  readonly #clock: Clock;
  #lostCount = 0;
  #lostReason = "";
  /** A full disk took the beginning of an entry and not its end. */
  #midLine = false;

  constructor(descriptor: number, clock: Clock) {
    this.#descriptor = descriptor;
    this.#clock = clock;
  }

  line(text: string, system = "-"): void {
    const entry = logEntry({ text, system, date: this.#clock.date() });
    if (!this.#append(this.#gapNote() + entry)) this.#lostCount += 1;
    else this.#lostCount = 0;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      closeSync(descriptor);
    } catch {
      // The descriptor is gone whatever the reason, and there is no log left to say it in.
    }
  }

  #gapNote(): string {
    if (this.#lostCount === 0) return "";
    const text = `${this.#lostCount} entries of this log were lost: ${this.#lostReason}`;
    return (this.#midLine ? "\n" : "") + logEntry({ text, system: "-", date: this.#clock.date() });
  }

  /** Whether all of it was written. */
  #append(text: string): boolean {
    if (this.#descriptor === undefined) return false;
    const bytes = Buffer.from(text, "utf8");
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
      this.#midLine = false;
      return true;
    } catch (error) {
      this.#lostReason = systemReason(error);
      if (written > 0) this.#midLine = bytes[written - 1] !== 0x0a;
      return false;
    }
  }
}
