// What a run needs of a child that was started, by whomever. A type only: Node's `ChildProcess` is one.
import type { SignalName } from "../tree/index.ts";

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
