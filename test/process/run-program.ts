// Runs a program to its end and keeps what it printed.
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/base/clock.ts";
import { type Run, startRun } from "../../src/process/run/run.ts";
import type { KillReason, RunOutcome } from "../../src/process/run/run-outcome.ts";
import type { OutputName, RunRequest } from "../../src/process/run/run-request.ts";
import type { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import type { ChildSource } from "../../src/process/spawn/piped-child.ts";
import { signalProcess } from "../../src/process/tree/index.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";

export interface WatchedRun {
  readonly run: Run;
  readonly kills: KillReason[];
  /** What was printed up to now. */
  readonly printed: (name: OutputName) => Buffer;
  /** Settles when the run printed `text` on stdout; the test's own time limit is the deadline. */
  readonly untilPrinted: (text: string) => Promise<void>;
  readonly outcome: Promise<RunOutcome>;
}

/** A run of `argv` of which nobody hears anything, and nothing ends. */
export function runRequest(pipes: ChildSource, argv: readonly string[], changes: Partial<RunRequest> = {}): RunRequest {
  return {
    argv,
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"] ?? "" },
    pipes,
    clock: systemClock,
    limits: {},
    interruptSignal: "KILL",
    onOutput() {},
    onKill() {},
    ...changes,
  };
}

export function watchRun(pipes: PipePool, argv: readonly string[], changes: Partial<RunRequest> = {}): WatchedRun {
  const chunks: Record<OutputName, Buffer[]> = { stdout: [], stderr: [] };
  const kills: KillReason[] = [];
  const waiting = new Set<() => void>();
  const run = startRun({
    ...runRequest(pipes, argv, changes),
    onOutput(name, chunk) {
      chunks[name].push(Buffer.from(chunk));
      changes.onOutput?.(name, chunk);
      for (const look of waiting) look();
    },
    onKill(reason) {
      kills.push(reason);
      changes.onKill?.(reason);
    },
  });
  const printed = (name: OutputName) => Buffer.concat(chunks[name]);
  const untilPrinted = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!printed("stdout").includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { run, kills, printed, untilPrinted, outcome: run.outcome };
}

export interface FinishedRun {
  readonly outcome: RunOutcome;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runProgram(
  pipes: PipePool,
  argv: readonly string[],
  changes: Partial<RunRequest> = {},
): Promise<FinishedRun> {
  const { outcome, printed } = watchRun(pipes, argv, changes);
  return { outcome: await outcome, stdout: `${printed("stdout")}`, stderr: `${printed("stderr")}` };
}

/** Whether a process runs, zombies not counted. */
export function isAlive(pid: number): boolean {
  return processState(pid) !== undefined && processState(pid) !== "Z";
}

/** Kills those of the processes that are still running. */
export function killRunning(pids: readonly number[]): void {
  for (const pid of pids) if (isAlive(pid)) signalProcess(pid, "SIGKILL"); // it may end in between
}

/** Waits until none of the processes runs. */
export async function untilGone(...pids: readonly number[]): Promise<void> {
  await poll(`the end of ${pids.join(", ")}`, () => !pids.some(isAlive));
}

/** The letter Linux gives for the state of a process; undefined when there is none. */
export function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0];
  } catch {
    return undefined; // no such process
  }
}

/**
 * Time is slowed down by this factor while a run ends: what is killed on a busy machine is given up later, and reported
 * by the run itself.
 */
const SLOWDOWN = 10;

/** Lets time pass until the run is over. */
export async function pushUntilOver<Outcome>(clock: ManualClock, outcome: Promise<Outcome>): Promise<Outcome> {
  let isOver = false;
  void outcome.then(() => {
    isOver = true;
  });
  let lastMs = performance.now();
  await poll("the run to be over", () => {
    const nowMs = performance.now();
    clock.advance((nowMs - lastMs) / SLOWDOWN);
    lastMs = nowMs;
    return isOver;
  });
  return outcome;
}
