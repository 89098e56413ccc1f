// A worker without a service around it, in a base directory of its own, for tests that make its connections themselves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "../../src/worker/worker.ts";
import { openWorkerRuntime } from "../../src/worker/worker-runtime.ts";
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
  const runtime = openWorkerRuntime({ clock, controlGroups: "off", log: (text) => void log.push(text) });
  const setup = {
    baseDirectory: basedir,
    environment: { PATH: process.env["PATH"], HOME: basedir },
    clock,
    log: (text: string) => void log.push(text),
    onBug: (error: unknown) => void bugs.push(error),
    keepLastOutput: (command: string, text: string) => void kept.push(`command ${command}: ${text}`),
    numcpus: undefined,
    deleteLeftoverDirs: false,
    rules: { ...DEFAULT_RULES },
    version: "0.0.0",
  };
  const worker = new Worker(setup, runtime);
  return {
    worker,
    clock,
    log,
    bugs,
    kept,
    async end() {
      await worker.stop();
      await runtime.close();
      await rm(basedir, { recursive: true });
    },
  };
}
