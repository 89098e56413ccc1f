// Signals to a child and everything that stayed in its process group. Knows nothing of when or why.
import { constants } from "node:os";
import { errorCode } from "../../base/error-code.ts";

export type SignalName = NodeJS.Signals;

/** A child that leads its own process group. */
export interface GroupLeader {
  readonly pid: number;
  /** Whether it was waited for, so that its pid may be somebody else's by now. */
  readonly reaped: boolean;
}

/** The signal called `name` without its SIG, SIGKILL when there is none of that name. */
export function signalOrKill(name: string): SignalName {
  const signal = `SIG${name}`;
  return Object.hasOwn(constants.signals, signal) ? (signal as SignalName) : "SIGKILL";
}

/** The number of a signal on this system. */
export function signalNumber(signal: SignalName): number {
  return constants.signals[signal];
}

/**
 * Signals the whole group, or the leader alone where the group cannot be signalled; 0 only asks. False when nobody took
 * it: the dead are no error.
 */
export function signalGroup(leader: GroupLeader, signal: SignalName | 0): boolean {
  if (leader.pid <= 1) return false; // would be our own group, or every process there is
  return signalProcess(-leader.pid, signal) || (!leader.reaped && signalProcess(leader.pid, signal));
}

/** Signals one process. False when it did not take the signal: it is gone, or another user's. */
export function signalProcess(pid: number, signal: SignalName | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === "ESRCH" || errorCode(error) === "EPERM") return false;
    throw error;
  }
}
