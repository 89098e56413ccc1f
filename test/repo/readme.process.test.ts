// Runs the commands of README.md as a shell would, with a home directory of their own. Needs dist/, as any user does.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SHOW_VERSION, START_WORKER } from "./readme-commands.ts";

/** A master's offer of dialects and the answer of a client that speaks PB (test/vectors/banana.json, negotiation). */
const OFFER = Buffer.from("02800282706204826e6f6e65", "hex");
const CHOICE = "02827062";

let home = "";
let running: ChildProcess | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "buildhand-readme-"));
});

afterEach(async () => {
  if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null) {
    const gone = once(running, "exit");
    process.kill(-running.pid, "SIGKILL");
    await gone;
  }
  running = undefined;
  rmSync(home, { recursive: true, force: true });
});

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, HOME: home };
}

function writeTac(port: number): void {
  const settings = {
    buildmaster_host: "'127.0.0.1'",
    port,
    workername: "'w1'",
    passwd: "'sekret'",
    keepalive: 600,
    umask: "None",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  mkdirSync(join(home, "worker"));
  writeFileSync(
    join(home, "worker", "buildbot.tac"),
    [
      "import os",
      "from buildbot_worker.bot import Worker",
      "from twisted.application import service",
      "basedir = '.'",
      "if basedir == '.':",
      "    basedir = os.path.abspath(os.path.dirname(__file__))",
      "application = service.Application('buildbot-worker')",
      ...lines,
      "s = Worker(buildmaster_host, port, workername, passwd, basedir, keepalive, umask=umask)",
      "s.setServiceParent(application)",
      "",
    ].join("\n"),
  );
}

test(`\`${SHOW_VERSION}\` prints a version`, () => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", SHOW_VERSION], { encoding: "utf8", env: environment() });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  expect(status).toBe(0);
});

test(`\`${START_WORKER}\` starts a worker that calls its master and ends on SIGTERM`, async () => {
  const master = createServer().listen(0, "127.0.0.1");
  await once(master, "listening");
  try {
    writeTac((master.address() as AddressInfo).port);
    const child = spawn("sh", ["-c", `exec ${START_WORKER}`], { detached: true, env: environment() });
    running = child;
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += chunk));
    child.stderr.on("data", (chunk) => (printed += chunk));
    const ended = once(child, "exit");
    const early = ended.then(() => Promise.reject(new Error(`the worker ended early: ${printed}`)));
    early.catch(() => undefined); // it ends in the end, and only an early end is of interest
    const [socket] = (await Promise.race([once(master, "connection"), early])) as [Socket];
    socket.on("error", () => socket.destroy()).write(OFFER);
    const [answer] = (await Promise.race([once(socket, "data"), early])) as [Buffer];
    expect(answer.toString("hex").slice(0, CHOICE.length)).toBe(CHOICE);
    child.kill("SIGTERM");
    await ended;
    socket.destroy();
  } finally {
    master.close();
  }
});
