// Reads what is added to a log while another process writes it, over its being set aside and begun anew.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

const READ_BYTES = 64 * 1024;
/** What one call of read takes at most from one file, however fast it grows. */
const LIMIT_BYTES = 16 * 1024 * 1024;

export class LogTail {
  readonly #path: string;
  #descriptor: number;
  #atBytes: number;

  /** Begins at the present end of the log. Throws the system's error when there is none. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r");
    this.#atBytes = fstatSync(this.#descriptor).size;
  }

  /** What was added since the last call. */
  read(): Buffer {
    const parts = [this.#added()];
    // The rest of a log that was set aside is read before the new one: it may end with what somebody waits for.
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
    if (fstatSync(this.#descriptor).size < this.#atBytes) this.#atBytes = 0; // somebody emptied it
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

  /** The log that has the path now, if that is another one. */
  #openNext(): number | undefined {
    try {
      const own = fstatSync(this.#descriptor);
      const present = statSync(this.#path);
      return own.ino === present.ino && own.dev === present.dev ? undefined : openSync(this.#path, "r");
    } catch {
      return undefined; // set aside, and the new one is not there yet
    }
  }
}
