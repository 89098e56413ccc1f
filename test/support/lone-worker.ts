// A worker without a service around it, in a base directory of its own, for tests that make its connections themselves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registry } from "../../src/commands/registry.ts";
import { Supervisor } from "../../src/process/crash-safety/supervisor.ts";
import { holdPtyBinding } from "../../src/process/pty/pty-binding.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { Worker } from "../../src/worker/worker.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { ManualClock } from "./manual-clock.ts";

export interface LoneWorker {
  readonly worker: Worker;
  readonly clock: ManualClock;
  readonly log: readonly string[];
  readonly bugs: readonly unknown[];
  /** The last outputs of lost commands. */
  readonly kept: readonly string[];
  /** Removes its directory. */
  end(): Promise<void>;
}

export async function loneWorker(): Promise<LoneWorker> {
  const basedir = await mkdtemp(join(tmpdir(), "buildhand-worker-"));
  const clock = new ManualClock();
  const log: string[] = [];
  const bugs: unknown[] = [];
  const kept: string[] = [];
  const pipes = new PipePool({ onFallback: (reason) => void log.push(reason) });
  const ptyBinding = holdPtyBinding();
  const supervisor = new Supervisor({
    clock,
    directory: basedir,
    controlGroups: "off",
    onFailure: (reason) => void log.push(reason),
  });
  const worker = new Worker({
    baseDirectory: basedir,
    environment: { PATH: process.env["PATH"], HOME: basedir },
    clock,
    log: (text) => void log.push(text),
    onBug: (error) => void bugs.push(error),
    keepLastOutput: (command, text) => void kept.push(`command ${command}: ${text}`),
    numcpus: undefined,
    deleteLeftoverDirs: false,
    rules: DEFAULT_RULES,
    version: "0.0.0",
    commands: registry,
    pipes,
    ptyBinding,
    supervisor,
  });
  return {
    worker,
    clock,
    log,
    bugs,
    kept,
    async end() {
      await worker.stop();
      pipes.close();
      ptyBinding.close();
      await supervisor.close();
      await rm(basedir, { recursive: true });
    },
  };
}
