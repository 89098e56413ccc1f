// How other processes reach the one with the workers of a directory. On POSIX by signals, a pid file and a socket; other
// systems have one channel for all of it.

export interface ControlHandlers {
  readonly onStop: () => void;
  readonly onDrain: () => void;
  readonly status: () => unknown;
}

/** `hello` does nothing. */
export type ControlRequest = "hello" | "stop" | "drain" | "status";

export interface ControlAnswer {
  readonly pid: number;
  /** In answer to `status`. */
  readonly status?: unknown;
}

export interface Control {
  /** Rejects with ERR_ALREADY_RUNNING if another process has the directory. Resolves to what closes it. */
  open(directory: string, handlers: ControlHandlers): Promise<() => void>;
  /** Undefined if no process answers for the directory. Rejects if one does not answer in time. */
  ask(directory: string, request: ControlRequest): Promise<ControlAnswer | undefined>;
  /** Without asking. */
  readPid(
    directory: string,
  ): { readonly state: "absent" } | { readonly state: "running" | "stale"; readonly pid: number };
}

let chosen: Control | undefined;

/** The control of this system, if it is not by signals. */
export function systemControl(): Control | undefined {
  return chosen;
}

/** Call before any process is started or reached. */
export function useControl(control: Control): void {
  chosen = control;
}
