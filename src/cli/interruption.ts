// Interrupts a command in the foreground: by Ctrl-C or another signal, or because its output was closed.
import { EXIT_CLOSED_OUTPUT, leaveBy } from "../daemon/index.ts";

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface InterruptionOptions {
  /** The first interruption; `by` names its cause, for messages. */
  readonly onFirst: (by: string) => void;
  /** The second interruption: the command should not wait any longer. */
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

  /** After a signal, ends this process by that signal; otherwise resolves to the exit code, which is `code` without an interruption. */
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
    this.#interrupt("its closed output");
  }

  #interrupt(by: string): void {
    this.#count += 1;
    if (this.#count === 1) this.#options.onFirst(by);
    else if (this.#count === 2) this.#options.onSecond();
    else if (this.#signal !== undefined) void leaveBy(this.#signal);
  }
}
