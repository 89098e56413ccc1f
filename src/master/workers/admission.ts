// Connections that have not shown a password yet: how many there may be, and for how long. When there are too many the oldest
// has to go, so that a crowd of strangers keeps nobody out who logs in at once. It knows no protocol.
import type { Clock, Timer } from "../../base/clock.ts";

export const MOST_STRANGERS = 100;
/** To connect, agree on TLS and show a password. */
export const ADMISSION_LIMIT_MS = 30_000;

export class Admission {
  readonly #clock: Clock;
  readonly #strangers = new Set<{ readonly leave: (why: string) => void; readonly timer: Timer }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#strangers.size;
  }

  /**
   * `leave` is called, at most once, when it has to go: with a clause, behind its address. Gives what to call, once or more,
   * when it is a stranger no more, or is gone.
   */
  enter(leave: (why: string) => void): () => void {
    const stranger = {
      leave,
      timer: this.#clock.after(ADMISSION_LIMIT_MS, () => {
        end();
        leave(`has not logged in within ${ADMISSION_LIMIT_MS / 1000} seconds`);
      }),
    };
    const end = () => {
      stranger.timer.cancel();
      this.#strangers.delete(stranger);
    };
    this.#strangers.add(stranger);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > MOST_STRANGERS && oldest !== undefined) {
      oldest.timer.cancel();
      this.#strangers.delete(oldest);
      oldest.leave(`had not logged in yet when there were more than ${MOST_STRANGERS} such connections`);
    }
    return end;
  }
}
