// Sends signals to a child and its process group.
import { constants } from "node:os";
import { errorCode } from "../../base/error-code.ts";

export type SignalName = NodeJS.Signals;

/** A child that leads its own process group. */
export interface GroupLeader {
  readonly pid: number;
  /** Whether it was reaped, so that its pid may be reused. */
  readonly reaped: boolean;
}

/** The signal with that name without SIG; SIGKILL if there is none. */
export function signalOrKill(name: string): SignalName {
  const signal = `SIG${name}`;
  return Object.hasOwn(constants.signals, signal) ? (signal as SignalName) : "SIGKILL";
}

/** The number of a signal on this system. */
export function signalNumber(signal: SignalName): number {
  return constants.signals[signal];
}

/**
 * Signals the whole group, or only the leader if the group cannot be signalled; 0 only checks. False when no process
 * received it, which is not an error.
 */
export function signalGroup(leader: GroupLeader, signal: SignalName | 0): boolean {
  if (leader.pid <= 1) return false; // would be our own group, or every process
  return signalProcess(-leader.pid, signal) || (!leader.reaped && signalProcess(leader.pid, signal));
}

/** Signals one process. False if it is gone, or belongs to another user. */
export function signalProcess(pid: number, signal: SignalName | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === "ESRCH" || errorCode(error) === "EPERM") return false;
    throw error;
  }
}
