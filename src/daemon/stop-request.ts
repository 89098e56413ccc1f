// Who asked this process to stop: a signal, or the master. Owns the signal handlers while it lives.
import type { TwistdLog } from "./twistd-log.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

export class StopRequest {
  /** The signal that asked, or undefined when it was the master. */
  readonly requested: Promise<NodeJS.Signals | undefined>;
  readonly #log: TwistdLog;
  #resolve: (signal: NodeJS.Signals | undefined) => void = () => {};
  #asked = false;
  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.#log.line(`Received ${signal}, shutting down.`);
    // Whoever asks again does not want to wait for anything.
    if (this.#asked) {
      this.end();
      process.kill(process.pid, signal);
    }
    this.#asked = true;
    this.#resolve(signal);
  };

  constructor(log: TwistdLog) {
    this.#log = log;
    this.requested = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  request(): void {
    this.#resolve(undefined);
  }

  /** From here on the signals do what they do to any process. */
  end(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
  }
}
