// Counts how often a request has lost its worker: a build that kills its worker each time is not retried endlessly.
// Kept in memory only, so master restarts do not count.
import type { BuildEnd } from "./builds/index.ts";

/** Builds of one request that may lose their worker in a row. A network rarely fails that often. */
export const MAX_LOST_TRIES = 10;

export class LostTries {
  readonly #counts = new Map<number, number>();

  /** How a build of this request ends: RETRY becomes EXCEPTION after too many. */
  limit(requestId: number, end: BuildEnd): BuildEnd {
    const count = (this.#counts.get(requestId) ?? 0) + 1;
    if (end.result === "RETRY" && count < MAX_LOST_TRIES) {
      this.#counts.set(requestId, count);
      return end;
    }
    this.#counts.delete(requestId);
    if (end.result !== "RETRY") return end;
    return { result: "EXCEPTION", stateText: `${end.stateText}; given up after ${MAX_LOST_TRIES} tries` };
  }
}
