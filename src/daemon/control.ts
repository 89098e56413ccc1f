// How other processes reach the one with the workers of a directory. On POSIX by signals, a pid file and a socket; other
// systems have one channel for all of it.
import type { pipeControl } from "./windows/index.ts";

export type Control = typeof pipeControl;

let chosen: Control | undefined;

/** The control of this system, if it is not by signals. */
export function systemControl(): Control | undefined {
  return chosen;
}

/** Call before any process is started or reached. */
export function useControl(control: Control): void {
  chosen = control;
}
