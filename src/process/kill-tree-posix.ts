// Signals to a child and everything that stayed in its process group. Knows nothing of when or why.
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { errorCode } from "../base/error-code.ts";

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
  return isSignalName(signal) ? signal : "SIGKILL";
}

/** The number of a signal on this system. */
export function signalNumber(signal: SignalName): number {
  return constants.signals[signal];
}

/** Signals the whole group, or the leader alone where the group cannot be signalled. The dead are no error. */
export function signalGroup(leader: GroupLeader, signal: SignalName): void {
  if (!trySignal(-leader.pid, signal) && !leader.reaped) trySignal(leader.pid, signal);
}

/** Whether any process of the group still runs; zombies that nobody waits for, as in many containers, do not. */
export function isGroupRunning(leaderPid: number): boolean {
  if (!trySignal(-leaderPid, 0)) return false;
  const processes = listProcesses();
  return processes === undefined || processes.some((p) => p.group === leaderPid && p.state !== "Z");
}

function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(constants.signals, name);
}

/** False when nobody took the signal: ESRCH, or EPERM for want of rights. */
function trySignal(target: number, signal: SignalName | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if (errorCode(error) === "ESRCH" || errorCode(error) === "EPERM") return false;
    throw error;
  }
}

interface ProcessState {
  readonly group: number;
  readonly state: string;
}

/** All processes, as /proc/<pid>/stat tells of them; undefined on systems that have no such thing. */
function listProcesses(): ProcessState[] | undefined {
  const processes: ProcessState[] = [];
  try {
    for (const pid of readdirSync("/proc")) {
      const state = /^\d+$/.test(pid) ? readProcessState(pid) : undefined;
      if (state !== undefined) processes.push(state);
    }
  } catch {
    return undefined; // no /proc
  }
  return processes.length === 0 ? undefined : processes;
}

function readProcessState(pid: string): ProcessState | undefined {
  try {
    // pid (name) state ppid pgrp …, where the name may hold anything, parentheses too.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, group: Number(group) };
  } catch {
    return undefined; // it ended meanwhile
  }
}
