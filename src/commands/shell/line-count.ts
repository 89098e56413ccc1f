// Counts the lines that a command printed against the master's `max_lines`, as Buildbot does: every \r\n, \r and \n in
// a chunk is a line's end.

const CR = 0x0d;
const LF = 0x0a;

export class LineCount {
  readonly #limit: number | undefined;
  #count = 0;

  /** Undefined means no limit; 0 is one. */
  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  /** Those beyond the limit are counted in the chunk that exceeds it, and not in later ones. */
  get count(): number {
    return this.#count;
  }

  get isExceeded(): boolean {
    return this.#limit !== undefined && this.#count > this.#limit;
  }

  /** Counts, and gives what of the chunk is within the limit. */
  within(chunk: Buffer): Buffer {
    if (this.#limit === undefined) return chunk;
    // A limit below zero is exceeded before anything has come, and the first chunk is counted all the same.
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
