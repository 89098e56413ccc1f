// The state of a worker's connection. Times are measured with the monotonic clock and shown as wall clock time, so that
// setting the clock changes no duration.
import type { Clock } from "../base/clock.ts";
import type { ConnectionEnd, ConnectionStage } from "./connection.ts";

/** `waiting`: for the next attempt; `ended`: no more attempts. */
export type ConnectionPhase = ConnectionStage | "waiting" | "ended";

export interface ConnectionStatus {
  readonly phase: ConnectionPhase;
  /** When this phase began. */
  readonly since: Date;
  /** The master's `host:port`, or the path of a socket. */
  readonly target: string;
  /** Failed attempts and lost connections in a row since the last connection that was ready for long enough. */
  readonly failures: number;
  /** Number of connections that became ready. */
  readonly connections: number;
  /** Why and when the last attempt or connection ended, also while a later one is ready. */
  readonly lastFailure: { readonly at: Date; readonly cause: string } | undefined;
  /** Time of the next attempt, while `waiting`. */
  readonly nextAttempt: Date | undefined;
}

export class ConnectionState {
  readonly #clock: Clock;
  readonly #target: string;
  #phase: ConnectionPhase = "waiting";
  #sinceMs: number;
  #nextAttemptMs: number | undefined;
  #failures = 0;
  #connections = 0;
  #lastFailure: { readonly atMs: number; readonly cause: string } | undefined;

  constructor(target: string, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  enter(stage: ConnectionStage): void {
    this.#begin(stage);
    if (stage === "ready") this.#connections += 1;
  }

  /** The next attempt is in `delayMs`; `end` was the last of `failures` failures in a row. */
  wait(delayMs: number, end: ConnectionEnd, failures: number): void {
    this.#begin("waiting");
    this.#nextAttemptMs = this.#sinceMs + delayMs;
    this.#fail(end, failures);
  }

  /** `end`: the last failure, unless the loop was stopped. */
  finish(end?: ConnectionEnd, failures = this.#failures): void {
    this.#begin("ended");
    if (end !== undefined) this.#fail(end, failures);
  }

  /** Duration of the current phase. */
  get phaseMs(): number {
    return this.#clock.nowMs() - this.#sinceMs;
  }

  status(): ConnectionStatus {
    const offsetMs = this.#clock.date().getTime() - this.#clock.nowMs();
    const failure = this.#lastFailure;
    return {
      phase: this.#phase,
      since: new Date(offsetMs + this.#sinceMs),
      target: this.#target,
      failures: this.#failures,
      connections: this.#connections,
      lastFailure: failure && { at: new Date(offsetMs + failure.atMs), cause: failure.cause },
      nextAttempt: this.#nextAttemptMs === undefined ? undefined : new Date(offsetMs + this.#nextAttemptMs),
    };
  }

  #fail(end: ConnectionEnd, failures: number): void {
    this.#lastFailure = { atMs: this.#clock.nowMs(), cause: end.cause.message };
    this.#failures = failures;
  }

  #begin(phase: ConnectionPhase): void {
    this.#phase = phase;
    this.#sinceMs = this.#clock.nowMs();
    this.#nextAttemptMs = undefined;
  }
}
