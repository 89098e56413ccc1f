// Runs the commands of README.md as a shell would, with a home directory of their own. Needs dist/, as any user does.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { greetAll, killWorker } from "../daemon/background-workers.ts";
import { FakeMaster } from "../support/fake-master.ts";
import {
  CREATE_WORKER,
  EXAMINE_WORKER,
  RUN_WORKER,
  SHOW_VERSION,
  START_WORKER,
  STOP_WORKER,
} from "./readme-commands.ts";

let home = "";
let master: FakeMaster;
let running: ChildProcess | undefined;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "buildhand-readme-"));
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
  return spawn("sh", ["-c", command], { detached: true, env: { ...process.env, HOME: home } });
}

/** Runs a command to its end while this process goes on, as the master of its worker. */
async function run(command: string): Promise<{ code: number | null; printed: string }> {
  const child = start(command);
  let printed = "";
  child.stdout?.on("data", (chunk) => (printed += chunk));
  child.stderr?.on("data", (chunk) => (printed += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, printed };
}

/** The README's master is an example; the one that there is takes its place. */
function pointAtMaster(): void {
  const path = join(home, "worker", "buildbot.tac");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("'master.example'", "'127.0.0.1'").replace("port = 9989", `port = ${master.port}`));
}

test(`\`${SHOW_VERSION}\` prints a version`, () => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", SHOW_VERSION], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  expect(status).toBe(0);
});

test(`\`${EXAMINE_WORKER}\` says what is wrong, and what to do`, async () => {
  expect((await run(CREATE_WORKER)).code).toBe(0);
  pointAtMaster();
  const { code, printed } = await run(EXAMINE_WORKER);
  expect(code).toBe(2);
  expect(printed).toMatch(/^1\. Account\n.*\n8\. Description of the host\n/s);
  expect(printed).toContain("the master accepts the name 'example-worker'");
  expect(printed).toMatch(
    /FINDING .*admin is still the sample.*info-sample: .*what to do: Write the name and address/s,
  );
  expect(printed).not.toContain("\u001b");
});

test(`\`${CREATE_WORKER}\`, \`${START_WORKER}\` and \`${STOP_WORKER}\` do what the README says`, async () => {
  const basedir = join(home, "worker");
  const created = await run(CREATE_WORKER);
  expect(created).toMatchObject({ code: 0, printed: expect.stringContaining(`worker configured in ${basedir}\n`) });
  for (const name of ["admin", "host"]) expect(existsSync(join(basedir, "info", name))).toBe(true);
  pointAtMaster();
  greetAll(master);
  const started = await run(START_WORKER);
  expect(started).toMatchObject({ code: 0, printed: expect.stringContaining("(re)started correctly.\n") });
  expect(readFileSync(join(basedir, "twistd.log"), "utf8")).toContain("message from master: attached");
  expect(await run(STOP_WORKER)).toMatchObject({
    code: 0,
    printed: expect.stringMatching(/^worker process \d+ is dead\n$/),
  });
});

test(`\`${RUN_WORKER}\` runs a worker that attaches and ends on SIGTERM`, async () => {
  expect((await run(CREATE_WORKER)).code).toBe(0);
  pointAtMaster();
  const child = start(`exec ${RUN_WORKER}`);
  running = child;
  const ended = once(child, "exit");
  const early = ended.then(([code]) => Promise.reject(new Error(`the worker ended early with ${code}`)));
  early.catch(() => undefined); // it ends in the end, and only an early end is of interest
  expect((await Promise.race([master.nextWorker(), early])).name).toBe("example-worker");
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});
