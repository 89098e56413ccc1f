// The current state of a worker's connection. Times are measured by the monotonic clock and shown by the wall clock, so that
// setting the clock changes no duration.
import type { Clock } from "../base/clock.ts";
import type { ConnectionEnd, ConnectionStage } from "./connection.ts";

/** `waiting`: for the next attempt; `ended`: there will be none. */
export type ConnectionPhase = ConnectionStage | "waiting" | "ended";

export interface ConnectionStatus {
  readonly phase: ConnectionPhase;
  /** When this phase began. */
  readonly since: Date;
  /** Where the master is: `host:port`, or the path of a socket. */
  readonly target: string;
  /** Failed attempts and lost connections in a row, until one was ready for long enough. */
  readonly failures: number;
  /** How often a connection has become ready. */
  readonly connections: number;
  /** When and why the last attempt or connection ended, also when a later one is ready. */
  readonly lastFailure: { readonly at: Date; readonly cause: string } | undefined;
  /** When it will be tried again, in `waiting`. */
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

  /** It waits for the next attempt, in `delayMs`, because of `end`, the last of so many failures in a row. */
  wait(delayMs: number, end: ConnectionEnd, failures: number): void {
    this.#begin("waiting");
    this.#nextAttemptMs = this.#sinceMs + delayMs;
    this.#fail(end, failures);
  }

  /** With the failure that ended it, unless it was told to stop. */
  finish(end?: ConnectionEnd, failures = this.#failures): void {
    this.#begin("ended");
    if (end !== undefined) this.#fail(end, failures);
  }

  /** How long the present phase has lasted. */
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
