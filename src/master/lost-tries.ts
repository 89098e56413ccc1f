// How often a request has cost a worker: a build that ends its worker each time is not tried for ever. Forgets with the
// process, so that the ends of masters do not count.
import type { BuildEnd } from "./builds/index.ts";

/** Of one request, counted by builds whose worker was lost. Networks fail now and then, and not so often in a row. */
export const MOST_LOST_TRIES = 10;

export class LostTries {
  readonly #counts = new Map<number, number>();

  /** What the end of a build of this request comes to: RETRY, unless that was so too often. */
  judge(requestId: number, end: BuildEnd): BuildEnd {
    const count = (this.#counts.get(requestId) ?? 0) + 1;
    if (end.result === "RETRY" && count < MOST_LOST_TRIES) {
      this.#counts.set(requestId, count);
      return end;
    }
    this.#counts.delete(requestId);
    if (end.result !== "RETRY") return end;
    return { result: "EXCEPTION", stateText: `${end.stateText}; given up after ${MOST_LOST_TRIES} tries` };
  }
}
