// Real worker processes for a test's master: the Python worker, or ours on a base directory that the Python worker's
// create-worker made.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonRepr } from "../../../src/base/python-repr.ts";
import { withTails } from "../../support/poll.ts";
import { rowsOf } from "../../support/sized.ts";
import { BUILDBOT_WORKER } from "./availability.ts";
import { type ChildExit, type ChildProgram, runProgram, startProgram } from "./child-program.ts";
import { copyOnceMade } from "./made-once.ts";
import type { Protocol, TestMaster } from "./test-master.ts";

export type WorkerKind = "python" | "buildhand";

/** The workers every scenario is run with. */
export const workerKinds: readonly WorkerKind[] = ["python", "buildhand"];
/** Both where all rows run: the real worker shows that what a test expects is right. */
export const testedKinds = rowsOf(workerKinds, (kind) => kind === "buildhand");

export interface WorkerOptions {
  /** One of the names the master expects. */
  readonly name: string;
  /** Default: the one the master knows for the name. */
  readonly password?: string;
  /** Default pb. */
  readonly protocol?: Protocol;
  /** Default: the master's; or that of a relay to it. */
  readonly port?: number;
  /** More options of create-worker, such as "--keepalive=0". */
  readonly createOptions?: readonly string[];
  /** Lines to add to buildbot.tac, in Python. */
  readonly tacLines?: readonly string[];
  /** Default: none in buildbot.tac. */
  readonly unicodeEncoding?: string;
  /** Words in front of the program, which run it in other surroundings. */
  readonly under?: readonly string[];
  /** More options of start. */
  readonly startOptions?: readonly string[];
  /** Files of the info directory by name: admin, host, access_uri. */
  readonly infoFiles?: Readonly<Record<string, string>>;
}

type NewWorker = Required<Pick<WorkerOptions, "port" | "name" | "password" | "protocol">>;

export interface WorkerProcess extends ChildProgram {
  readonly name: string;
  readonly basedir: string;
  /** The text of its twistd.log and whatever it printed. */
  log(): string;
  kill(): Promise<ChildExit>;
}

/** What starts either program. */
export const programs: Readonly<Record<WorkerKind, readonly string[]>> = {
  python: [BUILDBOT_WORKER],
  buildhand: [process.execPath, fileURLToPath(new URL("../../../bin/buildhand.js", import.meta.url))],
};

const protocolNames: Readonly<Record<Protocol, string>> = { pb: "pb", msgpack: "msgpack_experimental_v7" };

let workersMade = 0;

/** Starts a worker and returns without waiting for it to attach; it ends with the master at the latest. */
export async function startWorker(
  kind: WorkerKind,
  master: TestMaster,
  options: WorkerOptions,
): Promise<WorkerProcess> {
  workersMade += 1;
  const basedir = join(master.root, `worker-${workersMade}`);
  await createBasedir(basedir, master, options);
  const worker = startOn(kind, basedir, options);
  master.endAlso(() => worker.stop());
  return worker;
}

/** For a master that runs in the process of the tests, which end the worker. */
export async function startLoneWorker(
  kind: WorkerKind,
  { root, ...options }: NewWorker & { readonly root: string },
): Promise<WorkerProcess> {
  const basedir = join(root, options.name);
  await createWorker(basedir, options);
  return startOn(kind, basedir, options);
}

function startOn(
  kind: WorkerKind,
  basedir: string,
  { name, under = [], startOptions = [] }: WorkerOptions,
): WorkerProcess {
  const program = startProgram([...under, ...programs[kind], "start", "--nodaemon", ...startOptions, basedir], basedir);
  const twistdLog = join(basedir, "twistd.log");
  return {
    ...program,
    name,
    basedir,
    log: () => (existsSync(twistdLog) ? readFileSync(twistdLog, "utf8") : "") + program.output(),
    kill: () => program.stop("SIGKILL"),
  };
}

/** Starts a worker and waits until the master knows it; an error shows the end of the worker's log. */
export async function startAttachedWorker(
  kind: WorkerKind,
  master: TestMaster,
  options: WorkerOptions,
): Promise<WorkerProcess> {
  const worker = await startWorker(kind, master, options);
  const logs = () => ({ [`the ${kind} worker's log`]: worker.log() });
  await Promise.race([
    master.workerAttached(options.name).catch((error: unknown) => {
      throw new Error(withTails(String(error), logs()), { cause: error });
    }),
    worker.exited.then(({ code, signal }) => {
      throw new Error(withTails(`the ${kind} worker ended with ${code ?? signal} instead of attaching`, logs()));
    }),
  ]);
  return worker;
}

async function createBasedir(basedir: string, master: TestMaster, options: WorkerOptions): Promise<void> {
  const { name, password = master.passwordOf(name), protocol = "pb", createOptions, infoFiles = {} } = options;
  const { tacLines = [] } = options;
  const port = options.port ?? master.ports[protocol];
  await createWorker(basedir, { port, name, password, protocol }, createOptions);
  if (options.unicodeEncoding !== undefined) setEncoding(join(basedir, "buildbot.tac"), options.unicodeEncoding);
  for (const line of tacLines) appendFileSync(join(basedir, "buildbot.tac"), `${line}\n`);
  for (const [file, text] of Object.entries(infoFiles)) writeFileSync(join(basedir, "info", file), text);
}

/** What the real create-worker makes of these options. */
async function createWorker(
  basedir: string,
  { port, name, password, protocol }: NewWorker,
  createOptions: readonly string[] = [],
): Promise<void> {
  const flags = ["--quiet", `--protocol=${protocolNames[protocol]}`, ...createOptions];
  const digest = createHash("sha1").update(flags.join("\0")).digest("hex");
  await copyOnceMade(`worker-${digest}`, basedir, (path) =>
    runProgram([BUILDBOT_WORKER, "create-worker", ...flags, path, "127.0.0.1:1", "name", "password"], "/"),
  );
  const path = join(basedir, "buildbot.tac");
  const own: Readonly<Record<string, unknown>> = { basedir, port, workername: name, passwd: password };
  const text = readFileSync(path, "utf8").replace(
    /^(basedir|port|workername|passwd) = (?!None\b).*$/gm,
    (_, variable: string) => `${variable} = ${pythonRepr(own[variable])}`,
  );
  writeFileSync(path, text);
}

/** Neither worker has an option of create-worker for it. */
function setEncoding(tac: string, encoding: string): void {
  const text = readFileSync(tac, "utf8");
  const changed = text.replace(/(?=\ballow_shutdown=allow_shutdown)/, `unicode_encoding='${encoding}', `);
  if (changed === text) throw new Error(`${tac} has no place for unicode_encoding`);
  writeFileSync(tac, changed);
}
