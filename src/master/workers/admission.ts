// Limits the number and age of unauthenticated connections. Beyond the limit the oldest is closed, so that a flood of
// connections does not lock out clients that log in promptly. Independent of the protocol.
import type { Clock, Timer } from "../../base/clock.ts";

export const MAX_UNAUTHENTICATED = 100;
/** Time to connect, complete the TLS handshake and log in. */
export const ADMISSION_LIMIT_MS = 30_000;

export class Admission {
  readonly #clock: Clock;
  readonly #pending = new Set<{ readonly evict: (why: string) => void; readonly timer: Timer }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * `evict` is called at most once, with a clause, when the connection has to be closed. Returns a function to call
   * when the client has logged in or disconnected; it may be called repeatedly.
   */
  enter(evict: (why: string) => void): () => void {
    const entry = {
      evict,
      timer: this.#clock.after(ADMISSION_LIMIT_MS, () => {
        end();
        evict(`has not logged in within ${ADMISSION_LIMIT_MS / 1000} seconds`);
      }),
    };
    const end = () => {
      entry.timer.cancel();
      this.#pending.delete(entry);
    };
    this.#pending.add(entry);
    const [oldest] = this.#pending;
    if (this.#pending.size > MAX_UNAUTHENTICATED && oldest !== undefined) {
      oldest.timer.cancel();
      this.#pending.delete(oldest);
      oldest.evict(`had not logged in when there were more than ${MAX_UNAUTHENTICATED} such connections`);
    }
    return end;
  }
}
