// What a run needs of a child that was started, by whomever: Node's `ChildProcess` has it too.
import { EventEmitter } from "node:events";
import { type SignalName, signalProcess } from "../tree/index.ts";

export interface StartedChild {
  /** Undefined when it could not be started. */
  readonly pid?: number | undefined;
  once(event: "error", listener: (error: Error) => void): unknown;
  once(event: "exit", listener: (code: number | null, signal: SignalName | null) => void): unknown;
  /** Nobody can tell any more how it ends. There will be no `exit`. */
  once(event: "lost", listener: () => void): unknown;
  kill(signal: SignalName): boolean;
  unref(): void;
}

/** A child that Node does not wait for: whoever does reports its end. */
export class ReportedChild implements StartedChild {
  readonly pid: number;
  readonly #events = new EventEmitter();
  /** What has happened, for who listens after it. */
  #last: readonly [event: string, ...unknown[]] | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }

  once(event: "error" | "exit" | "lost", listener: (...args: never[]) => void): void {
    const tell = listener as (...args: readonly unknown[]) => void;
    const [happened, ...args] = this.#last ?? [];
    if (happened === event) queueMicrotask(() => tell(...args));
    else this.#events.once(event, tell);
  }

  /** It has ended and was reaped. To be called once. */
  noteExit(code: number | null, signal: SignalName | null): void {
    this.#tell("exit", code, signal);
  }

  /** Instead of `noteExit`. */
  noteLost(): void {
    this.#tell("lost");
  }

  kill(signal: SignalName): boolean {
    return this.#last === undefined && signalProcess(this.pid, signal);
  }

  /** Does nothing: whoever waits for the child keeps Node running meanwhile. */
  unref(): void {}

  #tell(...what: readonly [event: string, ...unknown[]]): void {
    this.#last = what;
    this.#events.emit(...what);
  }
}
