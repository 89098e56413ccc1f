// Which processes the kernel killed for lack of memory, from the kernel's log where that may be read, by root mostly.
import { closeSync, constants, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { errorCode } from "../../base/error-code.ts";

export interface OomVictim {
  /** As the whole system counts, which inside of a container is another number. */
  readonly pid: number;
  /** As in `ListedProcess`. */
  readonly program: string;
}

/** One record of the log is never longer. */
const RECORD_LIMIT_BYTES = 8192;
/** How many records are read; a buffer of the usual size holds a few thousand. */
const RECORDS_LIMIT = 100_000;
/** How many are read in one go, some 2 µs each, before others have their turn. */
const RECORDS_AT_ONCE = 500;

const KILLED = /out of memory[^:]*: Kill(?:ed)? process (\d+) \((.*)\)(?:,| total-vm| score)/i;

/** How the log has bytes that are no printable ASCII. */
const ESCAPED_BYTE = /\\x([0-9a-f]{2})/g;

/** The last of those killed, `count` of them at most, the latest last; none where the log cannot be read. */
export async function lastOomVictims(count: number, path = "/dev/kmsg"): Promise<readonly OomVictim[]> {
  const victims: OomVictim[] = [];
  let log: number | undefined;
  try {
    log = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(RECORD_LIMIT_BYTES);
    for (let number = 1; number <= RECORDS_LIMIT; number += 1) {
      const record = readRecord(log, buffer);
      if (record === undefined) break;
      const victim = victimOf(record);
      if (victim !== undefined) victims.push(victim);
      if (number % RECORDS_AT_ONCE === 0) await setImmediate();
    }
  } catch {
    return []; // it is root's alone, or there is none
  } finally {
    if (log !== undefined) closeSync(log);
  }
  return count > 0 ? victims.slice(-count) : [];
}

/** Whom a record says to be killed, if any. */
export function victimOf(record: string): OomVictim | undefined {
  const [, pid, program = ""] = KILLED.exec(record) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), program: program.replaceAll(ESCAPED_BYTE, byte) };
}

function byte(_escaped: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** Every read gives one record; undefined at the end. */
function readRecord(log: number, buffer: Buffer): string | undefined {
  try {
    const length = readSync(log, buffer);
    return length === 0 ? undefined : buffer.toString("latin1", 0, length);
  } catch (error) {
    if (errorCode(error) === "EPIPE") return ""; // it was overwritten before we came to it; the next one was not
    return undefined; // EAGAIN: this was the last
  }
}
