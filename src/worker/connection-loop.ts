// Keeps a worker connected: connects, waits for the end of the connection and reconnects, until it is stopped or has failed
// too often. Knows no protocol.
import type { Clock } from "../base/clock.ts";
import { advice } from "../base/errors.ts";
import { delay } from "../base/waiting.ts";
import { backoffDelayMs, type MasterTarget } from "../transport/index.ts";
import type { ConnectionEnd, ConnectionStage, MasterConnection } from "./connection.ts";
import { ConnectionState, type ConnectionStatus } from "./connection-state.ts";
import { workerErrors } from "./errors.ts";
import { type ConnectionFailure, Outages } from "./outages.ts";

/** Time between the login and the list of builders; doubled after each timeout in a row. */
const ATTACH_LIMIT_MS = 60_000;
const LONGEST_ATTACH_LIMIT_MS = 10 * 60_000;
/** After a connection that was ready for this time, the count of failures and the delay start from the beginning. */
const HEALTHY_MS = 10_000;

export interface ConnectionLoopOptions {
  readonly connection: MasterConnection;
  readonly target: MasterTarget;
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** The directory of the buildbot.tac, for advice in the log; default: `BASEDIR`. */
  readonly tacDirectory?: string;
  /** The longest delay between two attempts. */
  readonly maxDelayMs: number;
  /** Failures in a row after which it gives up; undefined: never. */
  readonly maxRetries: number | undefined;
  /** Kills the commands of the lost connection; resolves when the next attempt may start. */
  readonly onLost: () => Promise<void>;
  /** Called when `status` has changed. */
  readonly onChange?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

export class ConnectionLoop {
  readonly #options: ConnectionLoopOptions;
  readonly #state: ConnectionState;
  readonly #outages: Outages;
  /** Failures in a row, without a healthy connection between them. */
  #failures = 0;
  /** Time of the first of them. */
  #failingSinceMs = 0;
  /** The last failures in a row in which the master accepted the login but sent no builders. */
  #missedAttaches = 0;
  /** Resolves when no command of a lost connection is running. */
  #cleared: Promise<void> = Promise.resolve();

  constructor(options: ConnectionLoopOptions) {
    this.#options = options;
    this.#state = new ConnectionState(options.target.shown, options.clock);
    this.#outages = new Outages(options);
  }

  status(): ConnectionStatus {
    return this.#state.status();
  }

  /** Resolves when it was stopped or gave up; never rejects. */
  async run(): Promise<"stopped" | "gave up"> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const end = await this.#connect();
      if (signal.aborted) break;
      this.#count(end);
      if (this.#failures === this.#options.maxRetries) {
        this.#giveUp(end, this.#failures);
        return "gave up";
      }
      await this.#waitAfter(end);
    }
    this.#state.finish();
    this.#options.onChange?.();
    return "stopped";
  }

  #connect(): Promise<ConnectionEnd> {
    const { connection, target, signal, onLost } = this.#options;
    return connection.run({
      target,
      attachLimitMs: Math.min(ATTACH_LIMIT_MS * 2 ** this.#missedAttaches, LONGEST_ATTACH_LIMIT_MS),
      signal,
      onStage: (stage) => this.#enter(stage),
      onLost: () => {
        this.#cleared = onLost();
      },
    });
  }

  #enter(stage: ConnectionStage): void {
    this.#state.enter(stage);
    this.#options.onChange?.();
    if (stage !== "ready") return;
    this.#options.log("Connected to buildmaster; worker is ready");
    this.#outages.connected();
  }

  #count({ stage, cause }: ConnectionEnd): void {
    const wasHealthy = stage === "ready" && this.#state.phaseMs >= HEALTHY_MS;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    if (this.#failures === 1) this.#failingSinceMs = this.#options.clock.nowMs();
    this.#missedAttaches = workerErrors.notAttached.is(cause) ? this.#missedAttaches + 1 : 0;
  }

  async #waitAfter(end: ConnectionEnd): Promise<void> {
    const { target, maxDelayMs, signal, clock } = this.#options;
    const failing = { failures: this.#failures, lastsMs: clock.nowMs() - this.#failingSinceMs };
    const delayMs = backoffDelayMs(failing, maxDelayMs);
    const seconds = (delayMs / 1000).toFixed(3);
    this.#state.wait(delayMs, end, this.#failures);
    this.#options.onChange?.();
    this.#outages.failed(
      this.#failureOf(end),
      `Scheduling retry ${this.#failures} to connect ${target.shown} in ${seconds} seconds.`,
    );
    await unlessAborted(Promise.all([this.#cleared, delay(clock, delayMs, signal)]), signal);
  }

  #giveUp(end: ConnectionEnd, failures: number): void {
    this.#state.finish(end, failures);
    this.#options.onChange?.();
    const times = failures === 1 ? "the first failure" : `${failures} failures in a row`;
    this.#outages.gaveUp(this.#failureOf(end), `giving up after ${times} (maxretries = ${failures}); the worker exits`);
  }

  #failureOf({ stage, cause }: ConnectionEnd): ConnectionFailure {
    const { tacDirectory } = this.#options;
    return { cause: cause.message, advice: advice(cause, tacDirectory), wasReady: stage === "ready" };
  }
}

/** Resolves when `work` does, or when `signal` aborts. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let end = () => {};
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
    if (signal.aborted) resolve();
  });
  signal.addEventListener("abort", end);
  await Promise.race([work, aborted]);
  signal.removeEventListener("abort", end);
}
