// Where a worker logs, in which form, and what SIGUSR1 does about it: with a log observer in buildbot.tac and without.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { KnownSecrets } from "../../src/base/known-secrets.ts";
import type { TwistdLog } from "../../src/daemon/twistd-log.ts";
import { keepLastOutput } from "../../src/daemon/worker-log.ts";
import { commandLine } from "../cli/command-line.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { killWorker, pidOf } from "./background-workers.ts";
import { type Installation, install, makeBasedir, PASSWORD, type WorkerProgram } from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const OBSERVER_ENTRY = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} \[-\] ./;
const RUNNER_ENTRY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[-\] ./;

let installation: Installation;
const basedirs: string[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const basedir of basedirs.splice(0)) await killWorker(basedir);
});
afterAll(() => installation.remove());

async function run(argv: readonly string[]) {
  const { code, printed, errors } = await commandLine(argv);
  expect(printed + errors).not.toContain(PASSWORD);
  return { code, lines: printed.split("\n").slice(0, -1) };
}

async function newBasedir(...options: string[]): Promise<string> {
  const basedir = installation.newPath();
  basedirs.push(basedir);
  // As create-worker does without options.
  if (options.length === 0) return makeBasedir(basedir, { port: DEAD_PORT });
  const words = ["-q", ...options, basedir, `127.0.0.1:${DEAD_PORT}`, "w1", PASSWORD];
  expect((await run(["create-worker", ...words])).code).toBe(0);
  return basedir;
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

async function untilLogged(path: string, text: string): Promise<void> {
  await poll(`"${text}" in ${path}`, () => {
    try {
      return readFileSync(path, "utf8").includes(text);
    } catch {
      return false; // not made yet
    }
  });
}

/** The sockets that a process listens on: a debugger's, since a worker has none. */
function listeningSockets(pid: number): readonly string[] {
  const listening = ["tcp", "tcp6"].flatMap((table) =>
    linesOf(`/proc/${pid}/net/${table}`)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === "0A")
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const own = readdirSync(`/proc/${pid}/fd`).map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ""; // closed in the meantime
    }
  });
  return own.filter((target) => listening.includes(target));
}

describe("a worker whose buildbot.tac sets a log up", () => {
  it("logs there, whatever file --logfile names", async () => {
    const basedir = await newBasedir();
    await run(["start", "-q", "--logfile=other.log", basedir]);
    await untilLogged(join(basedir, "twistd.log"), "Scheduling retry 1");
    expect(readdirSync(basedir)).not.toContain("other.log");
    for (const line of linesOf(join(basedir, "twistd.log"))) expect(line).toMatch(OBSERVER_ENTRY);
  });

  it("logs there in the foreground too, as buildbot-worker does, but to standard output with --logfile=-", async () => {
    const basedir = await newBasedir();
    const there = installation.start(["start", "--nodaemon", basedir]);
    await untilLogged(join(basedir, "twistd.log"), "Scheduling retry 1");
    there.child.kill("SIGTERM");
    await there.ended;
    expect(there.printed).toBe("");
    rmSync(join(basedir, "twistd.log"));

    const here = installation.start(["start", "--nodaemon", "--logfile=-", basedir]);
    await printed(here, "Scheduling retry 1");
    here.child.kill("SIGTERM");
    await here.ended;
    for (const line of here.printed.split("\n").slice(0, -1)) expect(line).toMatch(OBSERVER_ENTRY);
    expect(existsSync(join(basedir, "twistd.log"))).toBe(false);
  });

  it("continues in a new file after SIGUSR1 when the log was renamed, as by logrotate", async () => {
    const basedir = await newBasedir();
    await run(["start", "-q", basedir]);
    const log = join(basedir, "twistd.log");
    await untilLogged(log, "Starting Worker");
    const words = (path: string) => readFileSync(path, "utf8");
    renameSync(log, `${log}-20261124`);
    const [, script = ""] =
      /^ {8}postrotate\n(.*?)^ {8}endscript$/ms.exec(readFileSync("docs/reference/files.md", "utf8")) ?? [];
    execFileSync("sh", ["-ec", script.replaceAll("/var/lib/buildbot/worker", basedir)]);
    await poll("the new log", () => existsSync(log));
    await run(["stop", basedir]);
    expect(words(`${log}-20261124`)).not.toContain("Server Shut Down.");
    expect(words(log)).toContain("Server Shut Down.");
    for (const line of [...linesOf(`${log}-20261124`), ...linesOf(log)]) expect(line).toMatch(OBSERVER_ENTRY);
  });

  rareTest("ignores SIGUSR1 otherwise: it does not end, rotate the log or open a debugger port", 180_000, async () => {
    const basedir = await newBasedir();
    await run(["start", "-q", basedir]);
    const log = join(basedir, "twistd.log");
    await untilLogged(log, "Starting Worker");
    const pid = pidOf(basedir);
    process.kill(pid, "SIGUSR1");
    // What the next one does shows that this one has been dealt with.
    renameSync(log, join(basedir, "moved.log"));
    process.kill(pid, "SIGUSR1");
    await poll("the new log", () => existsSync(log));
    expect(listeningSockets(pid)).toEqual([]);
    expect(readFileSync(join(basedir, "moved.log"), "utf8")).not.toContain("Debugger");
    expect(readdirSync(basedir).filter((name) => name.startsWith("twistd.log"))).toEqual(["twistd.log"]);
  });

  it("rotates it when it is full", async () => {
    const basedir = await newBasedir("--log-size=50", "--log-count=2");
    await run(["start", "-q", basedir]);
    await untilLogged(join(basedir, "twistd.log.2"), " [-] ");
    await run(["stop", basedir]);
    const names = readdirSync(basedir).filter((name) => name.startsWith("twistd.log"));
    expect(names.sort()).toEqual(["twistd.log", "twistd.log.1", "twistd.log.2"]);
    for (const name of names.slice(1)) {
      const bytes = readFileSync(join(basedir, name));
      expect(bytes.length).toBeGreaterThanOrEqual(50);
      expect(bytes.subarray(0, bytes.lastIndexOf("\n", -2) + 1).length).toBeLessThan(50);
    }
  });
});

describe("a worker made with --no-logrotate", () => {
  it("logs to twistd.log in the runner's format, and SIGUSR1 rotates it", async () => {
    const basedir = await newBasedir("--no-logrotate");
    await run(["start", "-q", basedir]);
    const log = join(basedir, "twistd.log");
    await untilLogged(log, "Starting Worker");
    process.kill(pidOf(basedir), "SIGUSR1");
    await untilLogged(`${log}.1`, "Starting Worker");
    await untilLogged(log, " [-] ");
    for (const line of [...linesOf(log), ...linesOf(`${log}.1`)]) expect(line).toMatch(RUNNER_ENTRY);
    expect(listeningSockets(pidOf(basedir))).toEqual([]);
  });

  rareTest("logs where --logfile says", 180_000, async () => {
    const basedir = await newBasedir("--no-logrotate");
    await run(["start", "-q", "--logfile=own.log", basedir]);
    await untilLogged(join(basedir, "own.log"), "Starting Worker");
    expect(readdirSync(basedir)).not.toContain("twistd.log");
  });

  it("logs to standard output in the foreground with --logfile=-", async () => {
    const basedir = await newBasedir("--no-logrotate");
    const program = installation.start(["start", "--nodaemon", "--logfile", "-", basedir]);
    await printed(program, "Scheduling retry 1");
    program.child.kill("SIGUSR1"); // what is not a file cannot be rotated
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    const lines = program.printed.split("\n").slice(0, -1);
    for (const line of lines) expect(line).toMatch(RUNNER_ENTRY);
    expect(lines.at(-1)).toMatch(/Server Shut Down\.$/);
    expect(program.complained).toBe("");
    expect(readdirSync(basedir).sort()).toEqual(["buildbot.tac", "info", "twistd.hostname"]);
  });

  rareTest("cannot log to standard output in the background", 180_000, async () => {
    const basedir = await newBasedir("--no-logrotate");
    const { code, lines } = await run(["start", "--logfile=-", basedir]);
    expect([code, lines.at(-1)]).toEqual([1, "buildhand:  a worker in the background cannot log to standard output"]);
    expect(readdirSync(basedir).sort()).toEqual(["buildbot.tac", "info"]);
  });
});

async function printed(program: WorkerProgram, text: string): Promise<void> {
  await poll(`"${text}" on standard output`, () => program.printed.includes(text));
}

describe("the file of last outputs", () => {
  const secrets = new KnownSecrets(["hushhush"]);

  it("is for the worker's user alone, and has two parts at most", () => {
    const directory = installation.newPath();
    mkdirSync(directory);
    const lines: string[] = [];
    const log = { line: (text: string) => void lines.push(text) } as TwistdLog;
    for (let id = 1; id <= 200; id += 1) keepLastOutput(String(id), "x".repeat(4096), { directory, log, secrets });
    const names = readdirSync(directory).toSorted();
    expect(names).toEqual(["buildhand-last-output.log", "buildhand-last-output.log.1"]);
    for (const name of names) {
      const { mode, size } = statSync(join(directory, name));
      expect(mode & 0o777).toBe(0o600);
      expect(size).toBeLessThan(256 * 1024 + 5000);
    }
    expect(readFileSync(join(directory, "buildhand-last-output.log"), "utf8")).toContain("command 200: x");
    keepLastOutput("201", "it is hushhush", { directory, log, secrets });
    expect(readFileSync(join(directory, "buildhand-last-output.log"), "utf8")).toMatch(/command 201: it is \*\*\*\n$/);
    expect(lines.at(-1)).toBe(`last output of command 201 is in ${join(directory, "buildhand-last-output.log")}`);
  });

  it("is missed with one line in the log where it cannot be written", () => {
    const lines: string[] = [];
    const log = { line: (text: string) => void lines.push(text) } as TwistdLog;
    keepLastOutput("7", "hush", { directory: join(installation.newPath(), "nowhere"), log, secrets });
    expect(lines).toEqual([expect.stringMatching(/^last output of command 7 is lost: .*No such file or directory/)]);
  });
});
