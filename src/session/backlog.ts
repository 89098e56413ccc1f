// Counts the bytes of output that a master has not acknowledged yet, so that a slow master slows the build down
// instead of filling the worker's memory.

/** Unacknowledged bytes at which children are paused, per connection. */
export const BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024;

export class Backlog {
  readonly #limitBytes: number;
  readonly #listeners = new Set<(congested: boolean) => void>();
  #bytes = 0;
  #congested = false;

  constructor(limitBytes = BACKLOG_LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  get congested(): boolean {
    return this.#congested;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.#congested && this.#bytes >= this.#limitBytes) this.#change(true);
  }

  /** Half of the limit must be free again before children go on, or they would stop and go at every line. */
  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#congested && this.#bytes <= this.#limitBytes / 2) this.#change(false);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (congested: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.#congested) listener(true);
    return () => void this.#listeners.delete(listener);
  }

  #change(congested: boolean): void {
    this.#congested = congested;
    for (const listener of this.#listeners) listener(congested);
  }
}
