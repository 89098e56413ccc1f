// Reads the end of a log, and follows it while another process writes and rotates it.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

const READ_BYTES = 64 * 1024;
/** Limit for one call of `read` per file, for a log that grows quickly. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** Its last bytes as text; empty when it cannot be read. */
export function endOfLog(path: string, limitBytes: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // does not block on a named pipe
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, limitBytes));
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
  } catch {
    return ""; // missing or not readable
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export class LogTail {
  readonly #path: string;
  #descriptor: number;
  #atBytes: number;

  /** Begins at the current end of the log. Throws the system error if it cannot be opened. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r");
    this.#atBytes = fstatSync(this.#descriptor).size;
  }

  /** What was added since the last call. */
  read(): Buffer {
    const parts = [this.#added()];
    // The rest of a rotated log is read before the new one.
    const next = this.#openNext();
    if (next !== undefined) {
      parts.push(this.#added());
      closeSync(this.#descriptor);
      this.#descriptor = next;
      this.#atBytes = 0;
      parts.push(this.#added());
    }
    return Buffer.concat(parts);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #added(): Buffer {
    if (fstatSync(this.#descriptor).size < this.#atBytes) this.#atBytes = 0; // it was truncated
    const parts: Buffer[] = [];
    for (let taken = 0; taken < LIMIT_BYTES; ) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const got = readSync(this.#descriptor, buffer, 0, READ_BYTES, this.#atBytes);
      if (got === 0) break;
      parts.push(buffer.subarray(0, got));
      this.#atBytes += got;
      taken += got;
    }
    return Buffer.concat(parts);
  }

  /** The log at the path, if it is a new one. */
  #openNext(): number | undefined {
    try {
      const own = fstatSync(this.#descriptor);
      const present = statSync(this.#path);
      return own.ino === present.ino && own.dev === present.dev ? undefined : openSync(this.#path, "r");
    } catch {
      return undefined; // rotated, and the new one does not exist yet
    }
  }
}
