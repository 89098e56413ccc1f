// The file in the base directory that says which commands run, for a worker that starts after this one and its supervisor
// were killed together. Cookies alone would not do: what a command that is over was meant to leave has one as well.
//
// Not a directory, since Buildbot's worker takes every strange one for a builder's; not one file for all workers, since
// nothing keeps two of them in the foreground from the same base directory. A line costs some microseconds.
import { closeSync, ftruncateSync, openSync, readFileSync, readlinkSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../base/errors.ts";
import { startTicksOf } from "../tree/index.ts";
import { begunLine, overLine, type SupervisedCommand } from "./supervised-command.ts";

/** With the worker's pid behind it, and from the second worker of a process on with its number. */
export const RECORD_PREFIX = "buildhand-commands.";

/** At this size the file is written anew with what runs. */
const REWRITE_BYTES = 64 * 1024;

export interface RunningRecordOptions {
  /** The base directory. */
  readonly directory: string;
  /** Tells the records of several workers of this process apart; default: 1. */
  readonly ordinal?: number;
  /** Told why there is no record, once until there was one again. */
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
    this.#append(begunLine(command));
  }

  /** Harmless for one that is not known. */
  end(command: SupervisedCommand): void {
    if (this.#running.delete(command)) this.#append(overLine(command));
  }

  /** Removes the file. Nothing is recorded any more. */
  close(): void {
    this.#isClosed = true;
    this.#remove();
  }

  #append(line: string): void {
    if (this.#isClosed) return;
    try {
      if (this.#file === undefined || this.#sizeBytes > REWRITE_BYTES) this.#writeAnew();
      else this.#write(line);
      this.#hasFailed = false;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #writeAnew(): void {
    this.#file ??= openSync(this.#path, "w", 0o600);
    ftruncateSync(this.#file);
    this.#sizeBytes = 0;
    this.#write([ownLine(), ...[...this.#running].map(begunLine)].join(""));
  }

  #write(text: string): void {
    if (this.#file === undefined) return;
    const bytes = Buffer.from(text, "latin1");
    // Behind the end, wherever an earlier worker of the same number may have been with its own descriptor.
    const writtenBytes = writeSync(this.#file, bytes, 0, bytes.length, this.#sizeBytes);
    this.#sizeBytes += writtenBytes;
    // The disk has room for so much only. A command of which half a line tells would be another one.
    if (writtenBytes < bytes.length) throw new Error(`only ${writtenBytes} of ${bytes.length} bytes could be written`);
  }

  /**
   * A record that misses an end is worse than none: what was meant to stay would be killed. The next command tries again.
   */
  #giveUp(error: unknown): void {
    try {
      if (this.#file !== undefined) ftruncateSync(this.#file);
    } catch {
      // then the file cannot be removed either
    }
    this.#remove();
    if (!this.#hasFailed) this.#onFailure(`the next worker cannot be told which they are (${errorText(error)})`);
    this.#hasFailed = true;
  }

  #remove(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    try {
      unlinkSync(this.#path);
    } catch {
      // somebody has removed it, or the whole directory
    }
  }
}

/** Which worker a record is of. Numbers and ticks mean something only as long as the system runs, and within a namespace. */
export interface RecordOwner {
  readonly pid: number;
  readonly startTicks: number | undefined;
  /** Of this run of the system and our namespace. */
  readonly world: string;
}

/** This process as the owner of a record. */
export function ownerHere(): RecordOwner {
  return { pid: process.pid, startTicks: startTicksOf(process.pid), world: worldHere() };
}

/** The first line of a record; undefined when it is none. */
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
    return "unknown"; // no /proc: nothing is killed there by a record
  }
}
