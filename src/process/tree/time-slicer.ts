// Cuts work on the main thread into slices, between which everything else has its turn. It measures what the work itself
// takes, and waits for no time, so that it has no use for a `Clock`.
import { setImmediate } from "node:timers/promises";

/** How long one slice may take: well below what a master notices of an answer that comes late. */
const SLICE_MS = 4;

/** One piece of work; its first slice begins when it is made. */
export class TimeSlicer {
  #endsMs = performance.now() + SLICE_MS;

  /** Resolves when the work may go on, which is at once while the slice lasts. To be awaited only if `isOver`. */
  async next(): Promise<void> {
    await setImmediate();
    this.#endsMs = performance.now() + SLICE_MS;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsMs;
  }
}
