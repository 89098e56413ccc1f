// A worker with all that it needs to run commands, whoever gives it its orders.
import { registry } from "../commands/index.ts";
import { Supervisor } from "../process/crash-safety/index.ts";
import { holdPtyBinding } from "../process/pty/index.ts";
import { Launcher, PipePool } from "../process/spawn/index.ts";
import type { WorkerSettings } from "./settings.ts";
import { Worker } from "./worker.ts";

export type EquipmentSettings = Omit<WorkerSettings, "pipes" | "ptyBinding" | "supervisor" | "commands">;

export interface EquippedWorker {
  readonly worker: Worker;
  /** To be called when the worker is stopped. */
  close(): Promise<void>;
}

export function equipWorker(settings: EquipmentSettings): EquippedWorker {
  const { clock, log, baseDirectory, rules } = settings;
  const supervisor = new Supervisor({
    clock,
    directory: baseDirectory,
    controlGroups: rules.controlGroups,
    onFailure: (reason) => log(`commands may outlive this worker if it is killed: ${reason}`),
  });
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
  const worker = new Worker({ ...settings, commands: registry, pipes, ptyBinding, supervisor });
  return {
    worker,
    async close() {
      pipes.close();
      ptyBinding.close();
      await supervisor.close();
    },
  };
}
