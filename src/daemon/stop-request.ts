// Who asks this process to stop: a signal, or the master; at once, or once no build runs. Owns the signal handlers while
// it lives, and does nothing of what is asked.
import type { TwistdLog } from "./twistd-log.ts";

/** What `stop --graceful` sends. */
export const DRAIN_SIGNAL = "SIGUSR2";

/**
 * An end that waits for builds. `ask`: if the master agrees (allow_shutdown); `drain`: in any case. `reason` is what made
 * somebody wish so.
 */
export type GentleStop = { readonly kind: "ask" | "drain"; readonly reason: "SIGTERM" | "SIGHUP" | "SIGUSR2" };

export interface StopRequestOptions {
  readonly log: Pick<TwistdLog, "line">;
  /** What the first SIGTERM does. */
  readonly onSigterm: "now" | "drain";
  /** What SIGHUP does: ask for a gentle stop, end at once, or what it does to any process. */
  readonly onHangup: "ask" | "now" | "default";
  /** Somebody asks again, and does not want to wait for anything: the process ends by that signal at once. */
  readonly onSecondSignal: (signal: NodeJS.Signals) => void;
}

export class StopRequest {
  /** The signal that asked, or undefined when it was the master, or a gentle stop that nobody asked for by SIGTERM. */
  readonly requested: Promise<NodeJS.Signals | undefined>;
  readonly #options: StopRequestOptions;
  readonly #handlers: Map<NodeJS.Signals, () => void>;
  #resolve: (signal: NodeJS.Signals | undefined) => void = () => {};
  /** By whomever. */
  #asked = false;
  /** SIGTERM, when it came and waits for builds. */
  #drainedBy: NodeJS.Signals | undefined;
  #onGentle: ((stop: GentleStop) => void) | undefined;
  /** Those that came before anybody listened; one of each kind says all. */
  readonly #early = new Map<string, GentleStop>();

  constructor(options: StopRequestOptions) {
    this.#options = options;
    this.requested = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#handlers = new Map<NodeJS.Signals, () => void>([
      ["SIGTERM", () => this.#terminate()],
      ["SIGINT", () => this.#endNow("SIGINT")],
      [DRAIN_SIGNAL, () => this.#wish({ kind: "drain", reason: DRAIN_SIGNAL })],
    ]);
    if (options.onHangup !== "default") this.#handlers.set("SIGHUP", () => this.#hangUp());
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  /** Tells of gentle stops, also of those that came before. */
  onGentle(listener: (stop: GentleStop) => void): void {
    this.#onGentle = listener;
    for (const stop of this.#early.values()) listener(stop);
    this.#early.clear();
  }

  /** The process may end: the master wants it, or nothing is left to wait for. */
  request(): void {
    this.#asked = true;
    this.#resolve(this.#drainedBy);
  }

  /** From here on the signals do what they do to any process. */
  end(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #terminate(): void {
    const waits = this.#options.onSigterm === "drain" && this.#drainedBy === undefined && !this.#asked;
    if (!waits) return this.#endNow("SIGTERM");
    this.#drainedBy = "SIGTERM";
    this.#wish({ kind: "drain", reason: "SIGTERM" });
  }

  #hangUp(): void {
    if (this.#options.onHangup === "ask") this.#wish({ kind: "ask", reason: "SIGHUP" });
    // A terminal that closes may send it twice: the second is not impatience.
    else if (!this.#asked) this.#endNow("SIGHUP");
  }

  #endNow(signal: NodeJS.Signals): void {
    this.#options.log.line(`Received ${signal}, shutting down.`);
    if (this.#asked) return this.#options.onSecondSignal(signal);
    this.#asked = true;
    this.#resolve(signal);
  }

  #wish(stop: GentleStop): void {
    if (this.#onGentle === undefined) this.#early.set(stop.reason, stop);
    else this.#onGentle(stop);
  }
}
