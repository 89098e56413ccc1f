// The worker of the demo: created by create-worker, and run as a separate process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { within } from "../../base/waiting.ts";
import { createWorker } from "../create-worker.ts";
import { thisProgram } from "../relaunch.ts";
import { DEMO_WORKER } from "./master-file.ts";

export interface DemoWorkerOptions {
  /** Absolute; created here. */
  readonly directory: string;
  readonly masterPort: number;
  readonly password: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onStart: (pid: number) => void;
}

/** Longer than a worker needs to kill its commands. */
const STOP_LIMIT_MS = 15_000;

export interface DemoWorker {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Ends the process and its commands. */
  close(): Promise<void>;
}

export async function startDemoWorker(options: DemoWorkerOptions): Promise<DemoWorker> {
  const { directory, masterPort, password, environment, onStart } = options;
  const rest = [directory, `127.0.0.1:${masterPort}`, DEMO_WORKER, password];
  await createWorker({ flags: new Set(["quiet"]), values: new Map(), rest });
  writeFileSync(join(directory, "info", "admin"), "Buildhand's demo\n");
  writeFileSync(join(directory, "info", "host"), "this machine, until the demo ends\n");
  const [program = "", ...words] = thisProgram();
  // In its own process group: Ctrl-C only reaches this process, which then ends the worker.
  const child = spawn(program, [...words, "start", "--nodaemon", directory], {
    cwd: directory,
    env: environment,
    detached: true,
    stdio: "ignore",
  });
  if (child.pid !== undefined) onStart(child.pid);
  const ended = once(child, "exit").then(
    () => {},
    () => {}, // it could not be started
  );
  return { ended, close: () => stopped(child, ended) };
}

async function stopped(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  await within(systemClock, ended, STOP_LIMIT_MS, () => child.kill("SIGKILL"));
  await ended;
}
