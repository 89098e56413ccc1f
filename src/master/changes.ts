// Publishes changes to listeners.
import { errorText } from "../base/errors.ts";
import type { Change } from "./master-view.ts";

export class Changes {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #log: (sentence: string) => void;

  constructor(log: (sentence: string) => void) {
    this.#log = log;
  }

  /** Returns the function that unsubscribes. */
  watch(listener: (change: Change) => void): () => void {
    // The same function may subscribe twice.
    const own = (change: Change) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  publish(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log(`a listener for changes failed: ${errorText(error)}`);
      }
    }
  }
}
