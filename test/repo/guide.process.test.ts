// Runs the commands of the set-up guide and of README.md in a shell, with a home directory of their own. Needs dist/.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandLine } from "../cli/command-line.ts";
import { greetAll, killWorker } from "../daemon/background-workers.ts";
import { logged } from "../daemon/worker-program.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { rareTest, runsEveryRow } from "../support/sized.ts";
import { commandsOf, DEMO, OWN_MASTER, RUN_IN_FOREGROUND, SET_UP } from "./page-commands.ts";

let home = "";
let master: FakeMaster;
let running: ChildProcess | undefined;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "buildhand-guide-"));
  mkdirSync(join(home, "bin"));
  symlinkSync(resolve("bin/buildhand.js"), join(home, "bin", "buildhand"));
  master = await FakeMaster.listen({ passwords: { "example-worker": "pass" } });
});

afterEach(async () => {
  if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null) {
    const gone = once(running, "exit");
    process.kill(-running.pid, "SIGKILL");
    await gone;
  }
  running = undefined;
  await killWorker(join(home, "worker"));
  await master.close();
  rmSync(home, { recursive: true, force: true });
});

function start(command: string): ChildProcess {
  const PATH = `${join(home, "bin")}${delimiter}${process.env["PATH"]}`;
  return spawn("sh", ["-c", command], { detached: true, env: { ...process.env, HOME: home, PATH } });
}

/** Runs a command to its end while this process continues as the master of its worker; in a shell where all rows run. */
async function run(command: string): Promise<{ code: number | null; printed: string }> {
  const [program, ...words] = command.replaceAll(/(?<= )~/g, home).split(" ");
  if (program === "buildhand" && !runsEveryRow) {
    // Which may be a moment after `start` has ended.
    if (words[0] === "status") await logged(join(home, "worker"), "worker is ready");
    const { code, printed, errors } = await commandLine(words, { environment: { HOME: home } });
    return { code, printed: printed + errors };
  }
  const child = start(command);
  let printed = "";
  child.stdout?.on("data", (chunk) => (printed += chunk));
  child.stderr?.on("data", (chunk) => (printed += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, printed };
}

/** The master in the pages is an example; the test's takes its place. */
function pointAtMaster(): void {
  const path = join(home, "worker", "buildbot.tac");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("'master.example'", "'127.0.0.1'").replace("port = 9989", `port = ${master.port}`));
}

test("the commands of the set-up guide, in their order, set up a worker that attaches", async () => {
  greetAll(master);
  const results = new Map<string, { code: number | null; printed: string }>();
  for (const command of commandsOf(SET_UP)) {
    results.set(command, await run(command));
    if (command.includes("create-worker")) pointAtMaster();
  }
  const printedBy = (word: string) => [...results].find(([command]) => command.includes(word))?.[1].printed ?? "";
  const failed = [...results].filter(([command, { code }]) => code !== 0 && !command.includes("doctor"));
  expect(failed).toEqual([]);
  expect(printedBy("--version")).toMatch(/^worker version: \d+\.\d+\.\d+\n/);
  expect(printedBy("create-worker")).toContain(`worker configured in ${join(home, "worker")}\n`);
  expect(printedBy("doctor")).toMatch(/^1\. Account\n.*\n8\. Description of the host\n/s);
  expect(printedBy("doctor")).toContain("the master accepts the name 'example-worker'");
  expect(printedBy("doctor")).not.toContain("info-sample"); // info is a symbolic link by now
  expect(printedBy("doctor")).not.toContain("\u001b");
  expect(printedBy("buildhand start")).toContain("(re)started correctly.\n");
  expect(printedBy("status")).toContain("example-worker");
  expect(printedBy("stop")).toMatch(/^worker process \d+ is dead\n$/);
});

rareTest("before the files in info are edited, doctor says so, and what to do", 180_000, async () => {
  const [create = ""] = commandsOf(SET_UP).filter((command) => command.includes("create-worker"));
  const [doctor = ""] = commandsOf(SET_UP).filter((command) => command.includes("doctor"));
  expect((await run(create)).code).toBe(0);
  pointAtMaster();
  const { code, printed } = await run(doctor);
  expect(code).toBe(2);
  expect(printed).toMatch(
    /FINDING .*admin is still the sample.*info-sample: .*what to do: Write the name and address/s,
  );
});

test(`\`${RUN_IN_FOREGROUND}\` runs a worker that attaches and ends on SIGTERM`, async () => {
  const [create = ""] = commandsOf(SET_UP).filter((command) => command.includes("create-worker"));
  expect((await run(create)).code).toBe(0);
  pointAtMaster();
  const child = start(`exec ${RUN_IN_FOREGROUND}`);
  running = child;
  const ended = once(child, "exit");
  const early = ended.then(([code]) => Promise.reject(new Error(`the worker ended early with ${code}`)));
  early.catch(() => undefined); // it ends in the end, and only an early end is of interest
  expect((await Promise.race([master.nextWorker(), early])).name).toBe("example-worker");
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});

test("the commands of the page of the own master start a master and its worker, and stop both", async () => {
  const [page = 0, workers = 0] = await freePorts(2);
  const pidFile = join(home, "master", "master.pid");
  try {
    for (const command of commandsOf(OWN_MASTER)) {
      const { code, printed } = await run(command);
      expect(code, `${command}: ${printed}`).toBe(0);
      if (!command.includes("master create")) continue;
      const configuration = join(home, "master", "master.yaml");
      const text = readFileSync(configuration, "utf8").replace("port: 8010", `port: ${page}`);
      writeFileSync(configuration, text.replace("port: 9989", `port: ${workers}`));
      const [create = ""] = /buildhand create-worker .*/.exec(printed) ?? [];
      expect((await run(create.replace("WORKERDIR", "~/worker").replace("9989", `${workers}`))).code).toBe(0);
    }
    expect(existsSync(pidFile)).toBe(false);
  } finally {
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  }
});

rareTest(`\`${DEMO}\` builds a sample project, and prints what the README shows`, 180_000, async () => {
  const { code, printed } = await run(DEMO);
  const shown = readFileSync("docs/pictures/first-build.txt", "utf8");
  expect(withoutFigures(printed), "run node scripts/write-pictures.js").toBe(withoutFigures(shown));
  expect(code).toBe(0);
});

/** Versions, times and ports depend on the machine. */
function withoutFigures(output: string): string {
  return output.replaceAll(/(?<=: |v|\(|:)[\d.]+(?= s\)|\/?$)|(?<=processors\.\.\. )\d+|(?<=git\.\.\. )[\d.]+/gm, "…");
}
