// Finds processes that the kernel killed for lack of memory, in the kernel's log, which usually only root may read.
import { closeSync, constants, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { errorCode } from "../../base/error-code.ts";

export interface OomVictim {
  /** In the initial pid namespace; a container has different pids. */
  readonly pid: number;
  /** As in `ListedProcess`. */
  readonly program: string;
}

/** Maximum length of a record. */
const RECORD_LIMIT_BYTES = 8192;
/** Records that are read; a buffer of the usual size holds a few thousand. */
const RECORDS_LIMIT = 100_000;
/** Records, about 2 µs each, that are read before other work may run. */
const RECORDS_AT_ONCE = 500;

const KILLED = /out of memory[^:]*: Kill(?:ed)? process (\d+) \((.*)\)(?:,| total-vm| score)/i;

/** The log's escapes for bytes other than printable ASCII. */
const ESCAPED_BYTE = /\\x([0-9a-f]{2})/g;

/** The last victims, at most `count`, latest last; none if the log is unreadable. */
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
    return []; // only root may read it, or there is none
  } finally {
    if (log !== undefined) closeSync(log);
  }
  return count > 0 ? victims.slice(-count) : [];
}

/** The victim in a record, if any. */
export function victimOf(record: string): OomVictim | undefined {
  const [, pid, program = ""] = KILLED.exec(record) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), program: program.replaceAll(ESCAPED_BYTE, byte) };
}

function byte(_escaped: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** Each read returns one record; undefined at the end. */
function readRecord(log: number, buffer: Buffer): string | undefined {
  try {
    const length = readSync(log, buffer);
    return length === 0 ? undefined : buffer.toString("latin1", 0, length);
  } catch (error) {
    if (errorCode(error) === "EPIPE") return ""; // it was overwritten; continue with the next one
    return undefined; // EAGAIN: this was the last
  }
}
