// The file in the base directory that lists running commands, for the next worker in case this one and its supervisor
// are killed together. Cookies are not enough: leftover processes that an ended command meant to keep have one as well.
//
// Not a directory, because Buildbot's worker takes any unknown one for a builder's; not one file for all workers,
// because two workers in the foreground may share a base directory. A line costs some microseconds.
import { closeSync, ftruncateSync, openSync, readFileSync, readlinkSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../base/errors.ts";
import { startTicksOf } from "../tree/index.ts";
import { endedLine, type SupervisedCommand, startedLine } from "./supervised-command.ts";

/** Followed by the worker's pid and, from the second worker of a process on, its ordinal. */
export const RECORD_PREFIX = "buildhand-commands.";

/** At this size the file is rewritten with the running commands. */
const REWRITE_BYTES = 64 * 1024;

export interface RunningRecordOptions {
  /** The base directory. */
  readonly directory: string;
  /** Distinguishes the workers of this process; default: 1. */
  readonly ordinal?: number;
  /** Called with the reason why there is no record, once until there is one again. */
  readonly onFailure: (reason: string) => void;
}

export class RunningRecord {
  readonly #path: string;
  readonly #onFailure: (reason: string) => void;
  readonly #running = new Set<SupervisedCommand>();
  #file: number | undefined;
  #sizeBytes = 0;
  #isClosed = false;
  #hasFailed = false;

  constructor({ directory, onFailure, ordinal = 1 }: RunningRecordOptions) {
    this.#path = join(directory, `${RECORD_PREFIX}${process.pid}${ordinal === 1 ? "" : `.${ordinal}`}`);
    this.#onFailure = onFailure;
  }

  begin(command: SupervisedCommand): void {
    this.#running.add(command);
    this.#append(startedLine(command));
  }

  /** Harmless for an unknown command. */
  end(command: SupervisedCommand): void {
    if (this.#running.delete(command)) this.#append(endedLine(command));
  }

  /** Removes the file, and stops recording. */
  close(): void {
    this.#isClosed = true;
    this.#remove();
  }

  #append(line: string): void {
    if (this.#isClosed) return;
    try {
      if (this.#file === undefined || this.#sizeBytes > REWRITE_BYTES) this.#rewrite();
      else this.#write(line);
      this.#hasFailed = false;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #rewrite(): void {
    this.#file ??= openSync(this.#path, "w", 0o600);
    ftruncateSync(this.#file);
    this.#sizeBytes = 0;
    this.#write([ownLine(), ...[...this.#running].map(startedLine)].join(""));
  }

  #write(text: string): void {
    if (this.#file === undefined) return;
    const bytes = Buffer.from(text, "latin1");
    // At our own end, wherever an earlier worker with the same pid may have written with its own descriptor.
    const writtenBytes = writeSync(this.#file, bytes, 0, bytes.length, this.#sizeBytes);
    this.#sizeBytes += writtenBytes;
    // The disk is full. Half a line could name another command.
    if (writtenBytes < bytes.length) throw new Error(`only ${writtenBytes} of ${bytes.length} bytes could be written`);
  }

  /**
   * A record that misses the end of a command is worse than none: leftover processes that should be kept would be
   * killed. The next command tries again.
   */
  #giveUp(error: unknown): void {
    try {
      if (this.#file !== undefined) ftruncateSync(this.#file);
    } catch {
      // then the file cannot be removed either
    }
    this.#remove();
    if (!this.#hasFailed) this.#onFailure(`the record for the next worker cannot be written (${errorText(error)})`);
    this.#hasFailed = true;
  }

  #remove(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    try {
      unlinkSync(this.#path);
    } catch {
      // the file or the whole directory was removed
    }
  }
}

/** The worker that wrote a record. Pids and ticks are meaningful only until the next boot, and within a namespace. */
export interface RecordOwner {
  readonly pid: number;
  readonly startTicks: number | undefined;
  /** Identifies the boot of the system and the pid namespace. */
  readonly world: string;
}

/** This process as the owner of a record. */
export function ownerHere(): RecordOwner {
  return { pid: process.pid, startTicks: startTicksOf(process.pid), world: worldHere() };
}

/** Reads the first line of a record; undefined when it is invalid. */
export function readOwner(record: string): RecordOwner | undefined {
  const [, pid, ticks, world] = /^worker (\d{1,10}) (\d{1,15}) (\S{1,128})\n/.exec(record) ?? [];
  return world === undefined ? undefined : { pid: Number(pid), startTicks: Number(ticks), world };
}

function ownLine(): string {
  const { pid, startTicks, world } = ownerHere();
  return `worker ${pid} ${startTicks ?? 0} ${world}\n`;
}

function worldHere(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "unknown"; // no /proc: nothing is killed by a record there
  }
}
