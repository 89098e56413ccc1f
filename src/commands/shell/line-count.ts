// Counts the output lines of a command for the master's `max_lines`, as Buildbot does: every \r\n, \r and \n in a chunk
// ends a line.

const CR = 0x0d;
const LF = 0x0a;

export class LineCount {
  readonly #limit: number | undefined;
  #count = 0;

  /** Undefined means no limit; 0 is a limit. */
  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  /** Includes lines beyond the limit in the chunk that exceeds it, but not in later ones. */
  get count(): number {
    return this.#count;
  }

  get isExceeded(): boolean {
    return this.#limit !== undefined && this.#count > this.#limit;
  }

  /** Counts lines, and returns the part of the chunk within the limit. */
  within(chunk: Buffer): Buffer {
    if (this.#limit === undefined) return chunk;
    // A negative limit is exceeded before any output; the first chunk is still counted.
    if (this.isExceeded && this.#count > 0) return chunk.subarray(0, 0);
    let end = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (chunk[at] !== LF && (chunk[at] !== CR || chunk[at + 1] === LF)) continue;
      this.#count += 1;
      if (!this.isExceeded) end = at + 1;
    }
    return this.isExceeded ? chunk.subarray(0, end) : chunk;
  }
}
