// Who wants a command in the foreground to end before its time: somebody at the keyboard, a signal, or whoever read what
// it prints and is gone.
import { EXIT_CLOSED_OUTPUT, leaveBy } from "../daemon/index.ts";

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface InterruptionOptions {
  /** Somebody wants the end: `by` is a clause for people. */
  readonly onFirst: (by: string) => void;
  /** He asks again, and does not want to wait. */
  readonly onSecond: () => void;
}

export class Interruption {
  readonly #options: InterruptionOptions;
  readonly #handlers: ReadonlyMap<NodeJS.Signals, () => void>;
  #signal: NodeJS.Signals | undefined;
  #isOutputClosed = false;
  #count = 0;

  constructor(options: InterruptionOptions) {
    this.#options = options;
    this.#handlers = new Map(SIGNALS.map((signal) => [signal, () => this.#onSignal(signal)]));
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => this.#onClosedOutput());
  }

  /** Ends this process as whoever interrupted it expects; gives `code` back when nobody did. */
  async leave(code: number): Promise<number> {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    if (this.#signal !== undefined) return leaveBy(this.#signal);
    return this.#isOutputClosed ? EXIT_CLOSED_OUTPUT : code;
  }

  #onSignal(signal: NodeJS.Signals): void {
    this.#signal ??= signal;
    this.#interrupt(signal);
  }

  #onClosedOutput(): void {
    if (this.#isOutputClosed) return;
    this.#isOutputClosed = true;
    this.#interrupt("the end of whoever reads its output");
  }

  #interrupt(by: string): void {
    this.#count += 1;
    if (this.#count === 1) this.#options.onFirst(by);
    else if (this.#count === 2) this.#options.onSecond();
    else if (this.#signal !== undefined) void leaveBy(this.#signal);
  }
}
