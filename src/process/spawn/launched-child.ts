// A child that another process has started and waits for, and which tells us of its end.
import { EventEmitter } from "node:events";
import { type SignalName, signalProcess } from "../tree/index.ts";
import type { StartedChild } from "./started-child.ts";

export class LaunchedChild implements StartedChild {
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

  /** Does nothing: its launcher keeps Node running while it runs. */
  unref(): void {}

  #tell(...what: readonly [event: string, ...unknown[]]): void {
    this.#last = what;
    this.#events.emit(...what);
  }
}
