// Tells whoever watches what has changed. Knows nobody who does.
import { errorText } from "../base/errors.ts";
import type { Change } from "./master-view.ts";

export class Changes {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #log: (sentence: string) => void;

  constructor(log: (sentence: string) => void) {
    this.#log = log;
  }

  /** Gives the function that ends it. */
  watch(listener: (change: Change) => void): () => void {
    // The same function may watch twice.
    const own = (change: Change) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log(`a watcher of the master failed: ${errorText(error)}`);
      }
    }
  }
}
