// Collects requests to stop this process, immediately or gracefully: signals, and calls for the master. Owns the signal
// handlers; the caller does the work.
import type { TwistdLog } from "./twistd-log.ts";

/** The signal of `stop --graceful`. */
export const DRAIN_SIGNAL = "SIGUSR2";

/**
 * A stop that waits for builds. `ask`: if the master agrees (allow_shutdown); `drain`: in any case.
 */
export type GracefulStop = {
  readonly kind: "ask" | "drain";
  readonly reason: "SIGTERM" | "SIGHUP" | "SIGUSR2" | "stop --graceful";
};

export interface StopRequestOptions {
  readonly log: Pick<TwistdLog, "line">;
  /** What the first SIGTERM does. */
  readonly onSigterm: "now" | "drain";
  /** What SIGHUP does: request a graceful stop, stop, or nothing here. */
  readonly onHangup: "ask" | "now" | "default";
  /** Called for a repeated signal: the process must end by it immediately. */
  readonly onSecondSignal: (signal: NodeJS.Signals) => void;
}

export class StopRequest {
  /** Resolves to the signal that requested the stop: undefined for the master, and for a graceful stop except by SIGTERM. */
  readonly requested: Promise<NodeJS.Signals | undefined>;
  readonly #options: StopRequestOptions;
  readonly #handlers: Map<NodeJS.Signals, () => void>;
  #resolve: (signal: NodeJS.Signals | undefined) => void = () => {};
  /** By a signal or the master. */
  #isRequested = false;
  #isAsked = false;
  /** SIGTERM, if it started a drain. */
  #drainSignal: NodeJS.Signals | undefined;
  #onGraceful: ((stop: GracefulStop) => void) | undefined;
  /** Requests before there is a listener, one of each kind. */
  readonly #early = new Map<string, GracefulStop>();

  constructor(options: StopRequestOptions) {
    this.#options = options;
    this.requested = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#handlers = new Map<NodeJS.Signals, () => void>([
      ["SIGTERM", () => this.#terminate()],
      ["SIGINT", () => this.#endNow("SIGINT")],
      [DRAIN_SIGNAL, () => this.#askGraceful({ kind: "drain", reason: DRAIN_SIGNAL })],
    ]);
    if (options.onHangup === "ask") {
      this.#handlers.set("SIGHUP", () => this.#askGraceful({ kind: "ask", reason: "SIGHUP" }));
    } else if (options.onHangup === "now") this.#handlers.set("SIGHUP", () => this.#endNow("SIGHUP"));
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  /** Reports graceful stops, including earlier ones. */
  onGraceful(listener: (stop: GracefulStop) => void): void {
    this.#onGraceful = listener;
    for (const stop of this.#early.values()) listener(stop);
    this.#early.clear();
  }

  /** The process may end: the master requests it, or all workers have ended. */
  request(): void {
    this.#isRequested = true;
    this.#resolve(this.#drainSignal);
  }

  /** A request of another process, where there are no signals. */
  ask(kind: "now" | "drain"): void {
    if (kind === "drain") return this.#askGraceful({ kind: "drain", reason: "stop --graceful" });
    this.#options.log.line("Received a request to stop, shutting down.");
    this.#isAsked = true;
    this.request();
  }

  /** Another process requested the stop, so the exit code does not depend on how the workers ended. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Restores the default actions of the signals. */
  end(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #terminate(): void {
    const waits = this.#options.onSigterm === "drain" && this.#drainSignal === undefined && !this.#isRequested;
    if (!waits) return this.#endNow("SIGTERM");
    this.#drainSignal = "SIGTERM";
    this.#askGraceful({ kind: "drain", reason: "SIGTERM" });
  }

  #endNow(signal: NodeJS.Signals): void {
    this.#options.log.line(`Received ${signal}, shutting down.`);
    if (this.#isRequested) return this.#options.onSecondSignal(signal);
    this.#isRequested = true;
    this.#resolve(signal);
  }

  #askGraceful(stop: GracefulStop): void {
    if (this.#onGraceful === undefined) this.#early.set(stop.reason, stop);
    else this.#onGraceful(stop);
  }
}
