// A child that another process has started and waits for, and which tells us of its end.
import { type SignalName, signalProcess } from "./kill-tree-posix.ts";
import type { StartedChild } from "./piped-child.ts";

type ExitListener = (code: number | null, signal: SignalName | null) => void;

export class LaunchedChild implements StartedChild {
  readonly pid: number;
  readonly #onExit: ExitListener[] = [];
  #exit: Parameters<ExitListener> | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }

  once(event: "error", listener: (error: Error) => void): void;
  once(event: "exit", listener: ExitListener): void;
  /** Nothing but `exit` ever comes, also to who listens after it. */
  once(event: "error" | "exit", listener: ExitListener | ((error: Error) => void)): void {
    if (event === "error") return;
    const onExit = listener as ExitListener;
    const exit = this.#exit;
    if (exit === undefined) this.#onExit.push(onExit);
    else queueMicrotask(() => onExit(...exit));
  }

  /** It has ended and was reaped. To be called once. */
  noteExit(...exit: Parameters<ExitListener>): void {
    this.#exit = exit;
    for (const listener of this.#onExit.splice(0)) listener(...exit);
  }

  kill(signal: SignalName): boolean {
    return this.#exit === undefined && signalProcess(this.pid, signal);
  }

  /** Does nothing: its launcher keeps Node running while it runs. */
  unref(): void {}
}
