// Splits work on the main thread into slices, so that other work can run in between. It measures the work itself and
// never waits, so it does not need a `Clock`.
import { setImmediate } from "node:timers/promises";

/** Length of a slice, short enough that a master does not notice the delay. */
const SLICE_MS = 4;

/** One piece of work; its first slice begins with the constructor. */
export class TimeSlicer {
  #endsMs = performance.now() + SLICE_MS;

  /** Starts the next slice after other work has run. Await it only if `isOver`. */
  async next(): Promise<void> {
    await setImmediate();
    this.#endsMs = performance.now() + SLICE_MS;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsMs;
  }
}
