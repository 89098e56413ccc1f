// Control, private files and trust: the built program with a worker whose master is not there.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemRules } from "../../../src/base/system-rules.ts";
import { systemTrust } from "../../../src/transport/system-trust.ts";
import { poll } from "../poll.ts";
import type { CasePlace, SystemCase } from "./system-case.ts";

const WORKER = "worker";
/** Nobody listens on it. */
const MASTER = "127.0.0.1:1";
const STARTING_MS = 40_000;
/** Where a worker in the foreground would have no pid file otherwise. */
const pidFile = () => (systemRules.name === "posix" ? ["--pidfile=twistd.pid"] : []);

interface Started {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Null after a signal. */
  readonly code: Promise<number | null>;
}

function start({ directory, environment, program }: CasePlace, ...words: readonly string[]): Started {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: directory,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (printed += String(chunk)));
  return { child, printed: () => printed, code: once(child, "close").then(([code]) => code as number | null) };
}

/** Not by the signal that nobody can handle, and without an error. On POSIX it ends by the signal that stopped it. */
async function endsWell({ child, code }: Started): Promise<boolean> {
  return (await code) === 0 || child.signalCode === "SIGTERM";
}

async function run(place: CasePlace, ...words: readonly string[]) {
  const { code, printed } = start(place, ...words);
  return { code: await code, printed: printed() };
}

const create = (place: CasePlace) => run(place, "create-worker", WORKER, MASTER, "name", "secret");

/** Runs `use` while a worker runs, which `use` ends. */
async function whileRunning(place: CasePlace, use: (worker: Started) => Promise<unknown>): Promise<unknown> {
  await create(place);
  const worker = start(place, "start", "--nodaemon", ...pidFile(), WORKER);
  const logPath = join(place.directory, WORKER, "twistd.log");
  const log = () => worker.printed() + (existsSync(logPath) ? readFileSync(logPath, "utf8") : "");
  try {
    await poll("the worker to try its master", () => log().includes(MASTER), {
      deadlineMs: STARTING_MS,
      logs: () => ({ log: log() }),
    });
    return await use(worker);
  } finally {
    worker.child.kill("SIGKILL");
    await worker.code;
  }
}

/** Files of a process that runs. */
function controlFiles({ directory }: CasePlace): readonly string[] {
  return readdirSync(join(directory, WORKER)).filter((name) => /\.pid|control/.test(name));
}

const controlCases: readonly SystemCase[] = [
  {
    name: "without a process, stop and status say that none runs",
    async result(place) {
      await create(place);
      const stopped = await run(place, "stop", WORKER);
      const status = await run(place, "status", WORKER);
      return [stopped.printed.includes("worker not running"), stopped.code, status.code];
    },
    expected: [true, 0, 3],
    isWellTestedOnPosix: true,
  },
  {
    name: "status says that the worker is not attached, a second start is refused, and stop ends it without a trace",
    result: (place) =>
      whileRunning(place, async (worker) => {
        const status = await run(place, "status", WORKER);
        const second = await run(place, "start", "--nodaemon", ...pidFile(), WORKER);
        const stopped = await run(place, "stop", WORKER);
        return {
          status: status.code,
          second: [second.code, /is running, PID \d+/.test(second.printed)],
          stopped: [stopped.code, /worker process \d+ is dead/.test(stopped.printed)],
          worker: await endsWell(worker),
          left: controlFiles(place),
        };
      }),
    expected: { status: 2, second: [1, true], stopped: [0, true], worker: true, left: [] },
  },
  {
    name: "a graceful stop ends a worker without builds",
    result: (place) =>
      whileRunning(place, async (worker) => {
        const stopped = await run(place, "stop", "--graceful", WORKER);
        return [stopped.code, await endsWell(worker), controlFiles(place)];
      }),
    expected: [0, true, []],
    isWellTestedOnPosix: true,
  },
  {
    name: "a worker that was killed is not taken for a running one, and the next start succeeds",
    result: async (place) => {
      await whileRunning(place, async (worker) => worker.child.kill("SIGKILL"));
      const status = await run(place, "status", WORKER);
      const again = await whileRunning(place, async () => (await run(place, "stop", WORKER)).code);
      return [status.code, again];
    },
    expected: [3, 0],
    isWellTestedOnPosix: true,
  },
];

const fileCases: readonly SystemCase[] = [
  {
    name: "the file with the password is its owner's alone, or has the rights of its directory where there are no modes",
    async result(place) {
      const { code } = await create(place);
      const { mode } = statSync(join(place.directory, WORKER, "buildbot.tac"));
      return [code, systemRules.name === "nt" || (mode & 0o777) === 0o600];
    },
    expected: [0, true],
    isWellTestedOnPosix: true,
  },
];

const trustCases: readonly SystemCase[] = [
  {
    name: "SSL_CERT_FILE replaces the system's certificates, and SSL_CERT_DIR is a list as PATH is one",
    result({ directory }) {
      const directories = ["one", "two"].map((name) => join(directory, name));
      for (const path of directories) {
        mkdirSync(path);
        writeFileSync(join(path, "0123abcd.0"), path.slice(-"one".length));
      }
      writeFileSync(join(directory, "bundle"), "bundle");
      return systemTrust({
        SSL_CERT_FILE: join(directory, "bundle"),
        SSL_CERT_DIR: directories.join(systemRules.listSeparator),
      });
    },
    expected: ["bundle", "one", "two"],
  },
];

export const programCases: readonly SystemCase[] = [...controlCases, ...fileCases, ...trustCases];
