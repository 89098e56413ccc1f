// A worker on Windows for a real master of the test.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Protocol, TestMaster } from "../../masters/support/test-master.ts";
import { withTails } from "../../support/poll.ts";
import { onLinux, runBuildhand, startBuildhand, TEST_DIRECTORY, type WindowsProgram } from "./windows.ts";

export interface WindowsWorker {
  /** As Windows names it. */
  readonly basedir: string;
  readonly program: WindowsProgram;
  log(): string;
}

export interface WindowsWorkerOptions {
  readonly name: string;
  readonly protocol?: Protocol;
  readonly createOptions?: readonly string[];
  /** Lines to add to buildbot.tac, in Python. */
  readonly tacLines?: readonly string[];
  /** Default: as the worker's name. */
  readonly directory?: string;
}

export async function createWindowsWorker(
  master: TestMaster,
  { name, protocol = "pb", createOptions = [], tacLines = [], directory = name }: WindowsWorkerOptions,
): Promise<string> {
  const basedir = `${TEST_DIRECTORY}\\${directory}`;
  const address = `127.0.0.1:${master.ports[protocol]}`;
  const flags = protocol === "pb" ? [] : ["--protocol=msgpack_experimental_v7"];
  const password = master.passwordOf(name);
  const made = await runBuildhand("create-worker", ...flags, ...createOptions, basedir, address, name, password);
  if (made.code !== 0) throw new Error(withTails("create-worker failed", { output: made.output }));
  for (const line of tacLines) appendFileSync(onLinux(`${basedir}\\buildbot.tac`), `${line}\n`);
  return basedir;
}

export async function startWindowsWorker(
  master: TestMaster,
  options: WindowsWorkerOptions & { readonly isCreated?: boolean },
): Promise<WindowsWorker> {
  const { name, directory = name, isCreated = false } = options;
  const basedir = isCreated ? `${TEST_DIRECTORY}\\${directory}` : await createWindowsWorker(master, options);
  const program = startBuildhand("start", basedir);
  const path = onLinux(`${basedir}\\twistd.log`);
  const log = () => (existsSync(path) ? readFileSync(path, "utf8") : "") + program.output();
  await Promise.race([
    master.workerAttached(name).catch((error: unknown) => {
      throw new Error(withTails(String(error), { "the worker's log": log() }), { cause: error });
    }),
    program.exited.then((code) => {
      throw new Error(withTails(`the worker ended with ${code} instead of attaching`, { log: log() }));
    }),
  ]);
  return { basedir, program, log };
}
