// Real worker processes for a master that runs in the process of the tests: Python's, or ours on a base directory that Python's
// create-worker made.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILDBOT_WORKER } from "./availability.ts";
import { type ChildProgram, runProgram, startProgram } from "./child-program.ts";
import type { WorkerKind } from "./worker-process.ts";

const programs: Readonly<Record<WorkerKind, readonly string[]>> = {
  python: [BUILDBOT_WORKER],
  buildhand: [process.execPath, fileURLToPath(new URL("../../../bin/buildhand.js", import.meta.url))],
};

export interface LoneWorkerOptions {
  readonly root: string;
  readonly port: number;
  readonly protocol: "pb" | "msgpack";
  readonly name: string;
  readonly password: string;
  readonly createOptions?: readonly string[];
}

export interface LoneWorkerProgram extends ChildProgram {
  readonly basedir: string;
  log(): string;
}

export async function startLoneWorker(kind: WorkerKind, options: LoneWorkerOptions): Promise<LoneWorkerProgram> {
  const { root, port, protocol, name, password, createOptions = [] } = options;
  const basedir = join(root, name);
  const flag = `--protocol=${protocol === "pb" ? "pb" : "msgpack_experimental_v7"}`;
  const words = ["--quiet", flag, ...createOptions, basedir, `127.0.0.1:${port}`, name, password];
  await runProgram([BUILDBOT_WORKER, "create-worker", ...words], root);
  const program = startProgram([...programs[kind], "start", "--nodaemon", basedir], basedir);
  const twistdLog = join(basedir, "twistd.log");
  return {
    ...program,
    basedir,
    log: () => (existsSync(twistdLog) ? readFileSync(twistdLog, "utf8") : "") + program.output(),
  };
}
