// The interface of a started child that runs need; Node's `ChildProcess` implements it too.
import { EventEmitter } from "node:events";
import { type SignalName, signalProcess } from "../tree/index.ts";

export interface StartedChild {
  /** Undefined if it could not be started. */
  readonly pid?: number | undefined;
  once(event: "error", listener: (error: Error) => void): unknown;
  once(event: "exit", listener: (code: number | null, signal: SignalName | null) => void): unknown;
  /** Its exit status can no longer be known. There will be no `exit`. */
  once(event: "lost", listener: () => void): unknown;
  kill(signal: SignalName): boolean;
  unref(): void;
}

/** A child that Node does not wait for: the code that does reports its end. */
export class ReportedChild implements StartedChild {
  readonly pid: number;
  readonly #events = new EventEmitter();
  /** The last event, for late listeners. */
  #last: readonly [event: string, ...unknown[]] | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }

  once(event: "error" | "exit" | "lost", listener: (...args: never[]) => void): void {
    const call = listener as (...args: readonly unknown[]) => void;
    const [happened, ...args] = this.#last ?? [];
    if (happened === event) queueMicrotask(() => call(...args));
    else this.#events.once(event, call);
  }

  /** It has ended and was reaped. Call once. */
  noteExit(code: number | null, signal: SignalName | null): void {
    this.#emit("exit", code, signal);
  }

  /** Instead of `noteExit`. */
  noteLost(): void {
    this.#emit("lost");
  }

  kill(signal: SignalName): boolean {
    return this.#last === undefined && signalProcess(this.pid, signal);
  }

  /** Does nothing: the code that waits for the child keeps Node running. */
  unref(): void {}

  #emit(...what: readonly [event: string, ...unknown[]]): void {
    this.#last = what;
    this.#events.emit(...what);
  }
}
