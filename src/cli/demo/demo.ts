// buildhand demo: a master, a worker and a build, in a temporary directory that is removed afterwards.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { systemReason } from "../../base/system-error.ts";
import { within } from "../../base/waiting.ts";
import { masterConfigPath, openMaster, type RunningMaster } from "../../daemon/index.ts";
import { type MasterView, masterErrors, readMasterConfig } from "../../master/index.ts";
import { cliErrors } from "../errors.ts";
import { type GuardedDirectory, guardedDirectory } from "../guard.ts";
import { Interruption } from "../interruption.ts";
import { type Printer, paintOf, standardPrinter } from "../printer.ts";
import { exitCodeOfResult } from "../result-exit-code.ts";
import { FollowedBuild } from "./followed-build.ts";
import { DEMO_BUILDER, DEMO_UPLOAD, DEMO_WORKER, demoMasterFile } from "./master-file.ts";
import { makeProject } from "./project.ts";
import { type DemoWorker, startDemoWorker } from "./worker-process.ts";

const PASSWORD_BYTES = 12;
/** A worker attaches within half a second, but the machine may be slow. */
const ATTACH_LIMIT_MS = 60_000;

export interface DemoRequest {
  readonly keep: boolean;
  /** Port of the status page; 0 picks a free one. */
  readonly port: number;
}

/**
 * Resolves to the exit code of the build. If a signal ended it, ends this process by that signal. Throws usage errors.
 */
export async function runDemo(request: DemoRequest): Promise<number> {
  const printer = standardPrinter();
  const stopping = new AbortController();
  const interrupted = once(stopping.signal, "abort").then(() => 0);
  const interruption = new Interruption({ onFirst: () => stopping.abort(), onSecond: () => {} });
  const directory = guardedDirectory("buildhand-demo-");
  const parts = new Parts();
  let code: number;
  try {
    code = await Promise.race([build({ request, directory, printer, parts, interrupted }), interrupted]);
  } finally {
    await parts.close();
    await directory.end();
  }
  return interruption.leave(code);
}

interface Demo {
  readonly request: DemoRequest;
  readonly directory: GuardedDirectory;
  readonly printer: Printer;
  readonly parts: Parts;
  readonly interrupted: Promise<unknown>;
}

async function build({ request, directory, printer, parts, interrupted }: Demo): Promise<number> {
  const environment = demoEnvironment(directory.path);
  const repository = join(directory.path, "project");
  reportingErrors(directory.path, () => makeProject(repository, environment));
  const passwords = { workerPassword: password(), adminPassword: password() };
  const masterDirectory = join(directory.path, "master");
  reportingErrors(masterDirectory, () => {
    mkdirSync(masterDirectory);
    const text = demoMasterFile({ ...passwords, webPort: request.port, repository });
    writeFileSync(masterConfigPath(masterDirectory), text, { mode: 0o600 });
  });
  const running = parts.add(await startDemoMaster(masterDirectory));
  printer.out(`master: started, status page at ${printer.style.bold(running.address ?? "")}\n`);
  if (request.keep) printer.out(`        admin password, to force and stop builds: ${passwords.adminPassword}\n`);
  const worker = parts.add(
    await startDemoWorker({
      directory: join(directory.path, "worker"),
      masterPort: running.ports[0] ?? 0,
      password: passwords.workerPassword,
      environment,
      onStart: (pid) => directory.watch(pid),
    }),
  );
  await attached(running.master.view, worker);
  printer.out(`worker: attached, in a separate process\n`);
  running.master.view.force(DEMO_BUILDER, "the demo");
  const lost = worker.ended.then(() => Promise.reject(cliErrors.demo("the worker ended during the build")));
  lost.catch(() => {}); // the worker is stopped at the end
  const result = await Promise.race([
    new FollowedBuild({ view: running.master.view, builder: DEMO_BUILDER, printer }).result(),
    lost,
  ]);
  const uploaded = uploadedFiles(join(masterDirectory, "uploads", DEMO_UPLOAD));
  if (uploaded.length > 0) printer.out(`uploaded to the master: ${uploaded.join(", ")}\n`);
  printer.out(`${paintOf(printer, result)(result)}\n`);
  if (request.keep) {
    printer.out(`status page at ${running.address}; files are in ${directory.path}, removed after Ctrl-C\n`);
    await Promise.race([interrupted, lost]);
  }
  return exitCodeOfResult(result);
}

/** What has been opened, to be closed in reverse order. */
class Parts {
  readonly #open: { close(): Promise<void> }[] = [];
  #isClosed = false;

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const part of this.#open.toReversed()) await part.close();
  }

  add<Part extends { close(): Promise<void> }>(part: Part): Part {
    this.#open.push(part);
    // Interrupted while it was being opened.
    if (this.#isClosed) void part.close();
    return part;
  }
}

function startDemoMaster(directory: string): Promise<RunningMaster> {
  const config = readMasterConfig(masterConfigPath(directory));
  return openMaster({ config, directory, clock: systemClock, log: () => {} });
}

/** Ignores the user's git configuration, and writes nothing to the user's home directory. */
function demoEnvironment(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|BUILDHAND_)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
  };
}

async function attached(view: MasterView, worker: DemoWorker): Promise<void> {
  let unwatch = () => {};
  const isAttached = new Promise<void>((resolve) => {
    const look = () => {
      if (view.worker(DEMO_WORKER)?.state === "attached") resolve();
    };
    unwatch = view.watch(look);
    look();
  });
  const hasEnded = worker.ended.then(() => Promise.reject(cliErrors.demo("the worker ended before it attached")));
  await within(systemClock, Promise.race([isAttached, hasEnded]), ATTACH_LIMIT_MS, () => {
    throw cliErrors.demo(`the worker did not attach within ${ATTACH_LIMIT_MS / 1000} seconds`);
  }).finally(unwatch);
}

function password(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}

function reportingErrors(path: string, make: () => void): void {
  try {
    make();
  } catch (error) {
    if (cliErrors.demo.is(error)) throw error;
    throw masterErrors.configFile.from(error, path, `cannot be written: ${systemReason(error)}`);
  }
}

function uploadedFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return []; // the build did not get that far
  }
}
