// Counts the lines that a command printed against the master's `max_lines`, as Buildbot does: every \r\n, \r and \n in
// a chunk is a line's end.

const CR = 0x0d;
const LF = 0x0a;

export class LineCount {
  readonly #limit: number | undefined;
  #count = 0;
  #exceeded = false;

  /** Undefined means no limit; 0 is one. */
  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** True for the one chunk with which the count exceeds the limit. */
  add(chunk: Uint8Array): boolean {
    if (this.#limit === undefined || this.#exceeded) return false;
    for (let at = 0; at < chunk.length; at += 1) {
      if (chunk[at] === LF || (chunk[at] === CR && chunk[at + 1] !== LF)) this.#count += 1;
    }
    this.#exceeded = this.#count > this.#limit;
    return this.#exceeded;
  }
}
