// Real worker processes for a master that runs in the process of the tests: Python's, or ours on a base directory that Python's
// create-worker made.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ChildProgram, startProgram } from "./child-program.ts";
import type { Protocol } from "./test-master.ts";
import { createWorker, programs, type WorkerKind } from "./worker-process.ts";

export interface LoneWorkerOptions {
  readonly root: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly name: string;
  readonly password: string;
}

export interface LoneWorkerProgram extends ChildProgram {
  readonly basedir: string;
  log(): string;
}

export async function startLoneWorker(kind: WorkerKind, options: LoneWorkerOptions): Promise<LoneWorkerProgram> {
  const { root, port, protocol, name, password } = options;
  const basedir = join(root, name);
  await createWorker(basedir, { port, protocol, name, password });
  const program = startProgram([...programs[kind], "start", "--nodaemon", basedir], basedir);
  const twistdLog = join(basedir, "twistd.log");
  return {
    ...program,
    basedir,
    log: () => (existsSync(twistdLog) ? readFileSync(twistdLog, "utf8") : "") + program.output(),
  };
}
