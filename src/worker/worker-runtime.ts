// The resources for running commands that all workers of this process share: pipes, launcher, PTY binding, supervisor. The
// owner of the process opens them once and closes them after the last worker has stopped.
import type { Clock } from "../base/clock.ts";
import { hasProc } from "../base/platform.ts";
import { Supervisor } from "../process/crash-safety/index.ts";
import { type HeldPtyBinding, holdPtyBinding } from "../process/pty/index.ts";
import { type ChildSource, Launcher, PipePool } from "../process/spawn/index.ts";
import type { ControlGroupRule } from "../process/tree/index.ts";
import type { AdmissionLimits, openAdmission } from "./open-admission.ts";

export interface WorkerRuntimeOptions {
  readonly clock: Clock;
  /** Whether each program gets its own control group. */
  readonly controlGroups: ControlGroupRule;
  /** A line for the log of the process. */
  readonly log: (text: string) => void;
}

export interface WorkerRuntime {
  readonly pipes: ChildSource & { close(): void };
  readonly ptyBinding: HeldPtyBinding;
  /** Undefined where the system ends commands with the worker. */
  readonly supervisor: Supervisor | undefined;
  /** Ends the supervisor, which kills the commands that have not ended. Resolves when it has exited, or after a limit. */
  close(): Promise<void>;
}

type Children = Pick<WorkerRuntime, "pipes" | "supervisor">;

let openChildren: (options: WorkerRuntimeOptions) => Children = openPosixChildren;

/** Replaces the source of children by that of another system. Call before a runtime is opened. */
export function useChildren(open: typeof openChildren): void {
  openChildren = open;
}

export function openWorkerRuntime(options: WorkerRuntimeOptions): WorkerRuntime {
  const { pipes, supervisor } = openChildren(options);
  const ptyBinding = holdPtyBinding();
  return {
    pipes,
    ptyBinding,
    supervisor,
    async close() {
      pipes.close();
      ptyBinding.close();
      await supervisor?.close();
    },
  };
}

function openPosixChildren({ clock, controlGroups, log }: WorkerRuntimeOptions): Children {
  const supervisor = new Supervisor({ clock, controlGroups, onFailure: (reason) => log(unsupervised(reason)) });
  const launcher = new Launcher({
    clock,
    onFailure: (reason, lostCount) =>
      log(`starting commands without a launcher for a minute: ${reason}; commands lost: ${lostCount}`),
  });
  const pipes = new PipePool({
    clock,
    // Without /proc there are never pipes, which the start has logged.
    onFallback: (reason) =>
      hasProc && log(`cannot create pipes for commands, using sockets until that works: ${reason}`),
    onRecovery: () => log("commands use pipes again"),
    // A process that leaves its parent at once would not be in the control group of its command.
    ...(supervisor.controlGroups === undefined ? { launcher } : {}),
  });
  return { pipes, supervisor };
}

/** A log line for a missing supervisor or record of running commands. */
export function unsupervised(reason: string): string {
  return `commands may outlive this worker if it is killed: ${reason}`;
}

/** Undefined if nothing is limited. Loaded only if it is used, but at the start: later the file may be another version's. */
export async function admissionFor(limits: AdmissionLimits): Promise<ReturnType<typeof openAdmission> | undefined> {
  const { max_commands, disk_warn, disk_limit, inode_warn, inode_limit } = limits;
  if ([max_commands, disk_warn, disk_limit, inode_warn, inode_limit].every((limit) => limit === 0)) return undefined;
  return (await import("./open-admission.ts")).openAdmission(limits);
}
