// buildhand status, with workers of masters that do just what the test says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../../support/fake-master.ts";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { command, greetAll, pidOf, run } from "../background-workers.ts";
import { type Installation, install, logged, logOf, makeBasedir, type StartOptions } from "../worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const NOBODY = 65_534;

let installation: Installation;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => installation.remove());

function startWorker(port: number, path = installation.newPath(), options: StartOptions = {}) {
  const basedir = existsSync(path) ? path : makeBasedir(path, { port });
  const program = installation.start(["start", "--nodaemon", basedir], options);
  closings.push(async () => {
    program.child.kill("SIGKILL");
    await program.ended;
  });
  return { basedir, program };
}

async function attachedWorker(path?: string) {
  const master = await FakeMaster.listen();
  closings.push(() => master.close());
  const { basedir, program } = startWorker(master.port, path);
  const attached = await master.nextWorker();
  await logged(basedir, "worker is ready");
  return { master, attached, basedir, program };
}

const socketOf = (basedir: string) => join(basedir, "buildhand.sock");
const socketThere = (basedir: string) => poll("the socket", () => existsSync(socketOf(basedir)));

const status = (...words: readonly string[]) => command(["status", ...words]);

async function jsonOf(basedir: string) {
  const { code, lines } = await status("--json", basedir);
  expect(lines).toHaveLength(1);
  return { code, ...(JSON.parse(lines[0] ?? "") as Record<string, unknown>) } as const;
}

describe("status of a worker that runs", () => {
  it("tells what it is doing and how its last commands ended, to people, programs, and who watches it", async () => {
    const { attached, basedir, master } = await attachedWorker();
    const builder = (await attached.setBuilders("b1", "b2")).get("b1")!;
    const shell = { workdir: ".", logEnviron: false };
    await attached.run(builder, "shell", { ...shell, command: "exit 3" });
    const report = await attached.startCommand(builder, "shell", {
      ...shell,
      command: ["sh", "-c", "sleep 1000", "a-secret"],
    });
    const { code, ...found } = await jsonOf(basedir);
    expect(code).toBe(0);
    expect(Object.keys(found).sort()).toEqual(["basedir", "last_failure", "log", "process", "reason", "state"]);
    const worker = {
      name: "w1",
      master: `127.0.0.1:${master.port}`,
      attached: true,
      builders: ["b1", "b2"],
      running: [{ id: report.id, command: "shell", program: "sh", builder: "b1" }],
      last_commands: [{ command: "shell", program: "exit", result: "failure", exit_code: 3 }],
      finished: { failure: 1, success: 0 },
    };
    expect(found).toMatchObject({ basedir, state: "attached", process: { draining: false, workers: [worker] } });
    const { lines } = await status(basedir);
    expect(lines.join("\n")).toMatch(/w1: attached to 127\.0\.0\.1:\d+ for /);
    expect(lines.join("\n")).toMatch(/ {2}running: command 2, shell \(sh\) on b1, for /);
    expect(lines.join("\n")).toMatch(/ {2}ended: command 1, shell \(exit\) on b1, exit code 3 after /);
    expect(lines.join("\n")).not.toContain("a-secret");
    const watching = installation.start(["status", "--watch", "--json", basedir]);
    await poll("three answers", () => watching.printed.split("\n").length > 3);
    watching.child.kill("SIGINT");
    await watching.ended;
    for (const line of watching.printed.trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ state: "attached" });
  });

  rareTest("ends with 2 and the reason while it is not attached", 180_000, async () => {
    const { basedir } = startWorker(DEAD_PORT);
    await logged(basedir, "Scheduling retry 1");
    await socketThere(basedir);
    const { code, lines } = await status(basedir);
    expect(code).toBe(2);
    expect(lines.join("\n")).toContain(`w1: not attached to 127.0.0.1:${DEAD_PORT}: TCP: cannot connect`);
  });

  rareTest("tells that it drains", 180_000, async () => {
    const { attached, basedir, program } = await attachedWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    await attached.startCommand(builder, "shell", { command: "sleep 1000", workdir: ".", logEnviron: false });
    program.child.kill("SIGUSR2");
    await logged(basedir, "draining: requested by SIGUSR2");
    expect(await jsonOf(basedir)).toMatchObject({ code: 0, process: { draining: true } });
  });

  it.runIf(process.getuid?.() === 0)("is told to its user and root, and to nobody else", async () => {
    const { basedir } = startWorker(DEAD_PORT);
    await socketThere(basedir);
    const other = await run(installation, ["status", basedir], { uid: NOBODY, gid: NOBODY });
    expect(other.code).toBe(4);
    expect(other.lines).toEqual([`${basedir}: unknown`, `  only its user and root may open ${socketOf(basedir)}`]);
    chmodSync(basedir, 0o700);
    expect((await run(installation, ["status", basedir], { uid: NOBODY, gid: NOBODY })).code).toBe(4);
    expect((await status(basedir)).code).toBe(2);
  });

  rareTest("is told of a base directory whose path is too long for a socket", 180_000, async () => {
    const deep = join(installation.newPath(), "d".repeat(120));
    mkdirSync(deep, { recursive: true });
    const { basedir } = await attachedWorker(join(deep, "w"));
    expect((await status(basedir)).code).toBe(0);
  });

  rareTest("is answered beside many who ask and do not read", 180_000, async () => {
    const { basedir } = await attachedWorker();
    const idle = Array.from({ length: 40 }, () => connect(socketOf(basedir)).pause());
    for (const socket of idle) socket.on("error", () => {}); // one too many
    closings.push(() => idle.forEach((socket) => void socket.destroy()));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    expect((await status(basedir)).code).toBe(0);
  });

  rareTest("of several is as bad as the worst of them", 180_000, async () => {
    const one = await attachedWorker();
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
    const { code, lines } = await status(one.basedir, basedir);
    expect(code).toBe(3);
    expect(lines.join("\n")).toContain(`${basedir}: not running`);
  });
});

describe("status of a worker that does not run", () => {
  it("ends with 3, and has the last failure and the end of the log; its socket was for its user alone", async () => {
    const { basedir, program } = startWorker(DEAD_PORT, undefined, { under: ["sh", "-c", 'umask 0; exec "$@"', "sh"] });
    await logged(basedir, "Scheduling retry 1");
    expect((statSync(socketOf(basedir)).mode & 0o777).toString(8)).toBe("600");
    program.child.kill("SIGTERM");
    await program.ended;
    expect(existsSync(socketOf(basedir))).toBe(false);
    const { code, lines } = await status(basedir);
    expect(code).toBe(3);
    expect(lines[0]).toBe(`${basedir}: not running`);
    expect(lines[1]).toMatch(/^ {2}last failure: TCP: cannot connect to 127\.0\.0\.1:1: /);
    expect(lines.at(-1)).toMatch(/ \[-\] Server Shut Down\.$/);
  });

  it("is not taken in by the socket of one that was killed, which the next replaces", async () => {
    const { basedir, program } = startWorker(DEAD_PORT);
    await socketThere(basedir);
    program.child.kill("SIGKILL");
    await program.ended;
    expect(existsSync(socketOf(basedir))).toBe(true);
    expect((await status(basedir)).code).toBe(3);
    startWorker(DEAD_PORT, basedir);
    await poll("an answer", async () => (await status(basedir)).code === 2);
  });

  it("ends with 4 where a process runs that tells nothing, or no worker is", async () => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
    const stranger = spawn("sleep", ["1000"], { cwd: basedir });
    closings.push(() => {
      stranger.kill("SIGKILL");
      return once(stranger, "exit");
    });
    writeFileSync(join(basedir, "twistd.pid"), String(stranger.pid));
    const { code, lines } = await status(basedir);
    expect([code, lines[1]]).toEqual([
      4,
      expect.stringContaining(`process ${stranger.pid} runs here and does not answer`),
    ]);
    const none = await status("--json", join(basedir, "info"));
    expect(none.code).toBe(4);
    expect(JSON.parse(none.lines[0] ?? "")).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("buildbot.tac"),
    });
  });

  const answers = [
    ["garbage", "no JSON \u001b[2J\n"],
    ["JSON of something else", '{"workers": 7}\n'],
    ["JSON of half a worker", '{"workers": [{"attached": true}]}\n'],
    ["no end", "x".repeat(5 * 1024 * 1024)],
  ] as const;
  it.each(rowsOf(answers, (_, at) => at === 2))("ends with 4 where what answers says %s", async (_, text) => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
    const server = createServer((socket) => {
      socket.on("error", () => {}).write(text);
      if (text.endsWith("\n")) socket.end();
    });
    server.listen(socketOf(basedir));
    await once(server, "listening");
    closings.push(() => server.close());
    const { code, lines } = await status(basedir);
    expect([code, lines[1]]).toEqual([
      4,
      expect.stringContaining("another version of buildhand, or by another program"),
    ]);
  });
});

describe("a name in the base directory that is taken", () => {
  const occupations: readonly [string, (path: string) => void][] = [
    ["a file", (path) => writeFileSync(path, "precious")],
    ["a directory", (path) => mkdirSync(path)],
    ["a link that leads nowhere", (path) => symlinkSync("/nowhere/at/all", path)],
  ];
  it.each(rowsOf(occupations, (_, at) => at === 0))("by %s is left alone, and the worker runs", async (_, occupy) => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
    occupy(socketOf(basedir));
    const before = lstatSync(socketOf(basedir)).ino;
    startWorker(DEAD_PORT, basedir);
    await logged(basedir, "buildhand status cannot ask this process: buildhand.sock: ");
    await logged(basedir, "Scheduling retry 1");
    expect(lstatSync(socketOf(basedir)).ino).toBe(before);
    const { code, lines } = await status(basedir);
    expect([code, lines[1]]).toEqual([4, expect.stringMatching(/^ {2}process \d+ runs here and does not answer: /)]);
  });

  rareTest("by a process that answers is left to it", 180_000, async () => {
    const first = startWorker(DEAD_PORT);
    await socketThere(first.basedir);
    const second = installation.start(["start", "--nodaemon", first.basedir]);
    closings.push(async () => {
      second.child.kill("SIGKILL");
      await second.ended;
    });
    await logged(first.basedir, "buildhand.sock: another process answers there");
    second.child.kill("SIGTERM");
    await second.ended;
    expect(await jsonOf(first.basedir)).toMatchObject({ process: { pid: first.program.child.pid } });
  });
});

describe("a log in JSON", () => {
  it("has one object a line, and start follows it as any other", async () => {
    const master = await FakeMaster.listen();
    closings.push(() => master.close());
    const basedir = makeBasedir(installation.newPath(), { port: master.port });
    greetAll(master);
    const { code } = await command(["start", "--log-format=json", basedir]);
    closings.push(() => command(["stop", basedir]));
    expect([code, pidOf(basedir) > 1]).toEqual([0, true]);
    const lines = readFileSync(join(basedir, "twistd.log"), "utf8").trim().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ message }) => message)).toContain("message from master: attached");
    for (const entry of entries) expect(Object.keys(entry)).toEqual(["time", "message"]);
  });

  rareTest("tells why a worker that does not attach did not", 180_000, async () => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables: { log_format: "'json'" } });
    const { program } = startWorker(DEAD_PORT, basedir);
    const log = join(basedir, "twistd.log");
    await poll("a failure", () => existsSync(log) && readFileSync(log, "utf8").includes("Scheduling retry"));
    program.child.kill("SIGTERM");
    await program.ended;
    expect(await jsonOf(basedir)).toMatchObject({
      code: 3,
      last_failure: expect.stringMatching(/^TCP: cannot connect/),
    });
    expect(() => logOf(basedir)).toThrow("no entry of twistd.log");
  });
});
