// What all workers of this process share to run commands: pipes, the launcher, the PTY binding and the supervisor. Whoever
// owns the process opens it once and closes it when the last worker has stopped; no worker does.
import type { Clock } from "../base/clock.ts";
import { Supervisor } from "../process/crash-safety/index.ts";
import { type HeldPtyBinding, holdPtyBinding } from "../process/pty/index.ts";
import { Launcher, PipePool } from "../process/spawn/index.ts";
import type { ControlGroupRule } from "../process/tree/index.ts";

export interface WorkerRuntimeOptions {
  readonly clock: Clock;
  /** Whether each program gets a control group of its own. */
  readonly controlGroups: ControlGroupRule;
  /** A line for the log of the process. */
  readonly log: (text: string) => void;
}

export interface WorkerRuntime {
  readonly pipes: PipePool;
  readonly ptyBinding: HeldPtyBinding;
  readonly supervisor: Supervisor;
  /** Ends the supervisor, which kills what has not ended. Resolves when it is gone, or had its time. */
  close(): Promise<void>;
}

export function openWorkerRuntime({ clock, controlGroups, log }: WorkerRuntimeOptions): WorkerRuntime {
  const supervisor = new Supervisor({ clock, controlGroups, onFailure: (reason) => log(unsupervised(reason)) });
  const launcher = new Launcher({
    clock,
    onFailure: (reason, lostCount) =>
      log(`starting commands without a launcher for a minute: ${reason}; commands lost with it: ${lostCount}`),
  });
  const pipes = new PipePool({
    clock,
    onFallback: (reason) => log(`cannot make pipes for commands, using sockets instead until it can: ${reason}`),
    onRecovery: () => log("commands get pipes again"),
    // What has left its parents in the first moment would not come into its control group.
    ...(supervisor.controlGroups === undefined ? { launcher } : {}),
  });
  const ptyBinding = holdPtyBinding();
  return {
    pipes,
    ptyBinding,
    supervisor,
    async close() {
      pipes.close();
      ptyBinding.close();
      await supervisor.close();
    },
  };
}

/** For the log: what follows from there being no supervisor, or no record of what runs. */
export function unsupervised(reason: string): string {
  return `commands may outlive this worker if it is killed: ${reason}`;
}
