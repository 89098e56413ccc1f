// A worker that may have no more descriptors or processes for a while, and then may again.
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Remote } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { type Installation, install, logged, logOf, makeBasedir, type StartOptions } from "./worker-program.ts";

/** No other process has it, not even of another run in a PID namespace of its own. */
const USER_ID = 1_000_000 + randomInt(1_000_000);
const BUILDER_COUNT = 20;

let installation: Installation;
let master: FakeMaster;
beforeAll(() => {
  installation = install();
});
afterEach(() => master.close());
afterAll(() => installation.remove());

interface Session {
  readonly basedir: string;
  /** Sets the soft limit of the running worker. */
  readonly limit: (resource: "nofile" | "nproc", value: number) => void;
  /** Runs a command on one builder to its end. */
  readonly run: (command: string) => Promise<CommandReport>;
  /** Starts it on each builder. */
  readonly startAll: (command: string) => Promise<readonly CommandReport[]>;
}

async function session(options: StartOptions = {}): Promise<Session> {
  master = await FakeMaster.listen();
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  if (options.uid !== undefined) execFileSync("chown", ["-R", String(options.uid), basedir]);
  const { child } = installation.start(["start", "--nodaemon", basedir], options);
  const attached: AttachedWorker = await master.nextWorker();
  const names = Array.from({ length: BUILDER_COUNT }, (_, n) => `b${n}`);
  const builders: readonly Remote[] = [...(await attached.setBuilders(...names)).values()];
  return {
    basedir,
    limit(resource, value) {
      const { uid } = options;
      const argv = ["--pid", String(child.pid), `--${resource}=${value}:`];
      execFileSync("prlimit", argv, uid === undefined ? {} : { uid });
    },
    run: (command) => attached.run(builders[0]!, "shell", argsOf(command)),
    startAll: (command) =>
      Promise.all(builders.map((builder) => attached.startCommand(builder, "shell", argsOf(command)))),
  };
}

const argsOf = (command: string) => ({ command, workdir: ".", logEnviron: false });

const TO_STDOUT = "echo out > /dev/stdout";

it("a worker that had no descriptors left for a while gives commands pipes again", async () => {
  const { basedir, limit, run } = await session();
  limit("nofile", 1);
  for (let tries = 0; tries < 4; tries += 1) {
    const report = await run(TO_STDOUT);
    expect([report.value("rc"), report.text("stderr")]).toEqual([
      1,
      expect.stringContaining("the worker has too many open files (ulimit -n)"),
    ]);
  }
  limit("nofile", 1000);
  await poll("a command with pipes", async () => (await run(TO_STDOUT)).value("rc") === 0);
  await logged(basedir, "commands use pipes again");
  const fallbacks = logOf(basedir).filter((text) => text.includes("cannot create pipes for commands"));
  expect(fallbacks).toEqual([expect.stringMatching(/: \/bin\/sh cannot be run$/)]);
  expect(logOf(basedir).filter((text) => /internal error/.test(text))).toEqual([]);
});

it.skipIf(process.getuid?.() !== 0)(
  "a shell that cannot start enough processes for pipes is not waited for",
  async () => {
    const { basedir, limit, run } = await session({ uid: USER_ID });
    // The supervisor's shell, the shell that makes pipes, and two of its thirteen stages.
    limit("nproc", threadCount(USER_ID) + 4);
    await run("true");
    await logged(basedir, "/bin/sh cannot start enough processes");
    limit("nproc", 1000);
    await poll("a command with pipes", async () => (await run(TO_STDOUT)).value("rc") === 0);
  },
);

rareTest("with 64 descriptors ten commands run at once, and one that gets none says so", 180_000, async () => {
  const { basedir, run, startAll } = await session({ under: ["prlimit", "--nofile=64:64"] });
  const reports = await startAll("echo out; until [ -e ../go ]; do sleep 0.1; done");
  const isRunning = (report: CommandReport) => report.text("stdout") === "out\n";
  await poll("each to run or to fail", () => reports.every((one) => isRunning(one) || one.completions > 0));
  const running = reports.filter(isRunning);
  expect(running.length).toBeGreaterThanOrEqual(10);
  writeFileSync(join(basedir, "go"), "");
  await Promise.all(reports.map(({ completed }) => completed));
  expect(running.map((report) => report.value("rc"))).toEqual(running.map(() => 0));
  for (const report of reports.filter((one) => !running.includes(one))) {
    expect(report.text("stderr")).toMatch(/the worker has too many open files \(ulimit -n\)\n$/);
  }
  expect((await run(TO_STDOUT)).value("rc")).toBe(0);
  expect(logOf(basedir).filter((text) => /internal error/.test(text))).toEqual([]);
});

function threadCount(userId: number): number {
  let count = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      if (status.includes(`\nUid:\t${userId}\t`)) count += Number(/^Threads:\t(\d+)/m.exec(status)?.[1]);
    } catch {
      // it has ended
    }
  }
  return count;
}
