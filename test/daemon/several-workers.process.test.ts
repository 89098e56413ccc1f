// Several workers of one buildbot.tac in one process: each for itself as long as it runs, together in the end.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { version } from "../../src/base/version.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, type CommandReport, FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { command, greetAll, killWorker, run } from "./background-workers.ts";
import { makeSeveral, severalLog, type TacOptions, type WorkerRow } from "./several-tac.ts";
import {
  type Installation,
  install,
  lives,
  PASSWORD,
  type StartOptions,
  type WorkerProgram,
} from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const EXIT_NO_MASTER = 75;

let installation: Installation;
const masters: FakeMaster[] = [];
const directories: string[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const directory of directories.splice(0)) await killWorker(directory);
  for (const master of masters.splice(0)) await master.close();
});
afterAll(() => installation.remove());

const passwords = Object.fromEntries(["w1", "w2", "w3"].map((name) => [name, PASSWORD]));

async function masterOfAll(options: FakeMasterOptions = {}): Promise<FakeMaster> {
  const master = await FakeMaster.listen({ passwords, ...options });
  masters.push(master);
  return master;
}

/** The workers that log in, by name, until these are there. */
async function attachedOf(master: FakeMaster, ...names: string[]): Promise<ReadonlyMap<string, AttachedWorker>> {
  const found = new Map<string, AttachedWorker>();
  while (!names.every((name) => found.has(name))) {
    const worker = await master.nextWorker();
    found.set(worker.name, worker);
  }
  return found;
}

async function logged(directory: string, entry: string | RegExp): Promise<void> {
  const isIt = (one: string) => (typeof entry === "string" ? one.includes(entry) : entry.test(one));
  await poll(`${entry} in the log`, () => severalLog(directory).some(isIt), {
    logs: () => ({ "twistd.log": severalLog(directory).join("\n") }),
  });
}

interface Session {
  readonly directory: string;
  readonly program: WorkerProgram;
  readonly worker: (name: string) => AttachedWorker;
}

interface SessionOptions extends TacOptions, Pick<StartOptions, "environment"> {
  readonly words?: readonly string[];
  /** Those that are waited for; default: all. */
  readonly attaching?: readonly string[];
}

async function session(
  master: FakeMaster,
  rows: readonly Omit<WorkerRow, "port">[],
  { words = [], attaching, environment = {}, ...tac }: SessionOptions = {},
): Promise<Session> {
  const all = rows.map((row) => ({ port: master.port, ...row }));
  const directory = makeSeveral(installation.newPath(), all, tac);
  directories.push(directory);
  const argv = ["start", "--nodaemon", "--pidfile=twistd.pid", ...words, directory];
  const program = installation.start(argv, { environment });
  const names = attaching ?? rows.map(({ name }) => name);
  const attached = await attachedOf(master, ...names);
  for (const name of names) await logged(directory, `${name}: Connected to buildmaster; worker is ready`);
  return { directory, program, worker: (name) => attached.get(name)! };
}

function shell(command: JellyValue): Record<string, JellyValue> {
  return { command, workdir: "build", logEnviron: false };
}

async function outputOf(worker: AttachedWorker, command: string): Promise<string> {
  const builder = (await worker.setBuilders("b")).get("b")!;
  return (await worker.run(builder, "shell", shell(command))).text("stdout").trim();
}

interface Running {
  readonly report: CommandReport;
  readonly pid: number;
  finish(): void;
}

/** A command that ends when it may. */
async function running(worker: AttachedWorker): Promise<Running> {
  const builder = (await worker.setBuilders("b")).get("b")!;
  const command = "echo $$ $PWD/gate; until test -e gate; do sleep 0.05; done";
  const report = await worker.startCommand(builder, "shell", shell(command));
  await report.printed("stdout", "gate\n");
  const [pid, gate = ""] = report.text("stdout").trim().split(" ");
  return { report, pid: Number(pid), finish: () => writeFileSync(gate, "") };
}

const TWO = [{ name: "w1", basedir: "." }, { name: "w2" }];
const agreeing = { onShutdown: () => null };
const LAST_WORDS = ["-: Main loop terminated.", "-: Server Shut Down."];

describe("several workers of one buildbot.tac", () => {
  it("are one process with a connection and a base directory for each, and a log in which each line has the worker's name", async () => {
    const { directory, program, worker } = await session(await masterOfAll(), TWO);
    expect(await outputOf(worker("w1"), "pwd; echo $PPID")).toBe(`${directory}/b/build\n${program.child.pid}`);
    expect(await outputOf(worker("w2"), "pwd; echo $PPID")).toBe(`${directory}/w2/b/build\n${program.child.pid}`);
    const hostnames = [directory, join(directory, "w2")].map((one) =>
      readFileSync(join(one, "twistd.hostname"), "utf8"),
    );
    expect(hostnames[1]).toBe(hostnames[0]);
    expect(readFileSync(join(directory, "twistd.pid"), "latin1")).toBe(String(program.child.pid));
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    const log = severalLog(directory);
    const start = (name: string) => [
      `${name}: Starting Worker -- version: ${version}`,
      `${name}: recording hostname in twistd.hostname`,
    ];
    expect(log.slice(0, 4)).toEqual([...start("w1"), ...start("w2")]);
    expect(log.filter((line) => line.includes("worker is ready")).sort()).toEqual([
      "w1: Connected to buildmaster; worker is ready",
      "w2: Connected to buildmaster; worker is ready",
    ]);
    expect(log.slice(-3)).toEqual(["-: Received SIGTERM, shutting down.", ...LAST_WORDS]);
  });

  rareTest("of the same name are distinguished by a number", 180_000, async () => {
    const master = await masterOfAll();
    const port = (await masterOfAll()).port;
    const rows = [
      { name: "w1", port: master.port, basedir: "a" },
      { name: "w1", port, basedir: "b" },
    ];
    const directory = makeSeveral(installation.newPath(), rows);
    installation.start(["start", "--nodaemon", directory]);
    await logged(directory, "w1: Connected to buildmaster");
    await logged(directory, "w1#2: Connected to buildmaster");
  });

  rareTest("have the umask of the last one that has one", 180_000, async () => {
    const rows = [
      { name: "w1", basedir: ".", keywords: "umask=0o27" },
      { name: "w2", keywords: "umask=0o77" },
      { name: "w3" },
    ];
    const { worker } = await session(await masterOfAll(), rows, { words: ["--umask=022"] });
    for (const name of ["w1", "w2", "w3"]) expect(await outputOf(worker(name), "umask")).toBe("0077");
  });

  rareTest("give none of their passwords to a build of any", 180_000, async () => {
    const rows = [
      { name: "w1", password: "os.environ['PASS_ONE']" },
      { name: "w2", password: "os.environ['PASS_TWO']" },
    ];
    const environment = { PASS_ONE: PASSWORD, PASS_TWO: PASSWORD, OTHER: "seen" };
    const { worker } = await session(await masterOfAll(), rows, { environment });
    for (const name of ["w1", "w2"]) {
      expect(await outputOf(worker(name), "echo $OTHER; env | grep -c PASS")).toBe("seen\n0");
    }
  });

  rareTest("keep a record each of what runs, also in one and the same base directory", 180_000, async () => {
    const rows = ["w1", "w2"].map((name) => ({ name, basedir: "." }));
    const { directory, program, worker } = await session(await masterOfAll(), rows);
    const commands = [await running(worker("w1")), await running(worker("w2"))];
    const records = readdirSync(directory).filter((name) => name.startsWith("buildhand-commands."));
    expect(records.sort()).toEqual([
      `buildhand-commands.${program.child.pid}`,
      `buildhand-commands.${program.child.pid}.2`,
    ]);
    commands[0]!.finish();
    await commands[0]!.report.completed;
    program.child.kill("SIGTERM");
    await program.ended;
    expect(commands.map(({ pid }) => lives(pid))).toEqual([false, false]);
    expect(readdirSync(directory).filter((name) => name.startsWith("buildhand-commands."))).toEqual([]);
  });
});

describe("a worker that fails leaves the others alone", () => {
  it("with a wrong password, an unreachable master or without its base directory", async () => {
    const master = await masterOfAll();
    const rows = [{ name: "w1", password: "'wrong'" }, { name: "w2", isMissing: true }, { name: "w3" }];
    const directory = makeSeveral(installation.newPath(), [
      ...rows.map((row) => ({ ...row, port: master.port })),
      { name: "w4", port: DEAD_PORT },
    ]);
    installation.start(["start", "--nodaemon", directory]);
    const attached = await attachedOf(master, "w2", "w3");
    await logged(directory, "w1: login: unauthorized login");
    await logged(directory, "w4: TCP: cannot connect to 127.0.0.1:1");
    for (const worker of attached.values()) expect(await outputOf(worker, "echo built")).toBe("built");
    expect(severalLog(directory)).toContainEqual(expect.stringContaining("w2: failed to record the hostname: "));
    expect(severalLog(directory)).toContain(
      `w1: what to do: login-refused in docs/reference/troubles.md, or run buildhand doctor ${directory}`,
    );
  });

  rareTest("when it gives up, and the process ends with 75 once all have", 180_000, async () => {
    const master = await masterOfAll();
    const rows = [
      { name: "w1", port: DEAD_PORT, keywords: "maxRetries=1" },
      { name: "w2", keywords: "maxRetries=1" },
    ];
    const { directory, program, worker } = await session(master, rows, { attaching: ["w2"] });
    await logged(directory, "w1: giving up after the first failure (maxretries = 1); the worker exits");
    await logged(directory, "w1: 1 other worker continues in this process");
    expect(await outputOf(worker("w2"), "echo built")).toBe("built");
    await master.close();
    expect(await program.ended).toEqual({ code: EXIT_NO_MASTER, signal: null });
    expect(severalLog(directory).slice(-2)).toEqual(LAST_WORDS);
  });

  rareTest("when its master calls for its end, and the process ends with 0 after the last", 180_000, async () => {
    const { directory, program, worker } = await session(await masterOfAll(), TWO);
    const command = await running(worker("w2"));
    await worker("w1").call("shutdown");
    await poll("the end of the connection of w1", () => worker("w1").socket.destroyed);
    await logged(directory, "w1: 1 other worker continues in this process");
    command.finish();
    await command.report.completed;
    expect(command.report.value("rc")).toBe(0);
    await worker("w2").call("shutdown");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it("but for settings that are wrong, with which none is started", async () => {
    const rows = [
      { name: "w1", port: DEAD_PORT },
      { name: "w:2", port: DEAD_PORT, basedir: "w2", keywords: "protocol='msgpack_experimental_v7'" },
    ];
    const directory = makeSeveral(installation.newPath(), rows);
    const { code, lines, complained } = await run(installation, ["start", "--nodaemon", directory]);
    expect([code, [...lines, complained].join("")]).toEqual([1, expect.stringContaining("workername contains ':'")]);
    expect(severalLog(directory)).toEqual([]);
  });
});

describe("an end is one of all workers", () => {
  it("by SIGTERM, which kills what runs on them", async () => {
    const { directory, program, worker } = await session(await masterOfAll(), TWO);
    const commands = [await running(worker("w1")), await running(worker("w2"))];
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(commands.map(({ pid }) => lives(pid))).toEqual([false, false]);
    expect(existsSync(join(directory, "twistd.pid"))).toBe(false);
  });

  rareTest("by SIGKILL, after which the supervisor kills what ran on them", 180_000, async () => {
    const { program, worker } = await session(await masterOfAll(), TWO);
    const commands = [await running(worker("w1")), await running(worker("w2"))];
    program.child.kill("SIGKILL");
    await poll("the end of their commands", () => commands.every(({ pid }) => !lives(pid)));
  });

  it("by SIGTERM with on_sigterm = 'drain', which waits for the builds of all", async () => {
    const master = await masterOfAll(agreeing);
    const { directory, program, worker } = await session(master, TWO, { words: ["--on-sigterm=drain"] });
    const commands = [await running(worker("w1")), await running(worker("w2"))];
    program.child.kill("SIGTERM");
    await logged(directory, "w1: the master agreed");
    await logged(directory, "w2: the master agreed");
    commands[0]!.finish();
    await commands[0]!.report.completed;
    await worker("w1").call("shutdown");
    await poll("the end of the connection of w1", () => worker("w1").socket.destroyed);
    expect(lives(commands[1]!.pid)).toBe(true);
    commands[1]!.finish();
    await commands[1]!.report.completed;
    expect(commands.map(({ report }) => report.value("rc"))).toEqual([0, 0]);
    await worker("w2").call("shutdown");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
  });

  const signals = [
    ["SIGHUP, when one of them has allow_shutdown = 'signal'", "SIGHUP", "allow_shutdown='signal'"],
    ["SIGUSR2", "SIGUSR2", ""],
  ] as const;
  it.each(rowsOf(signals, ([, signal]) => signal === "SIGHUP"))(
    "by %s, as their masters agree",
    async (_, signal, keywords) => {
      const [first, second] = TWO;
      const { directory, program, worker } = await session(await masterOfAll(agreeing), [
        first!,
        { ...second!, keywords },
      ]);
      program.child.kill(signal);
      for (const name of ["w1", "w2"]) {
        await logged(directory, `${name}: the master agreed`);
        await worker(name).call("shutdown");
      }
      expect(await program.ended).toEqual({ code: 0, signal: null });
    },
  );

  rareTest("by a touch of the shutdown.stamp of one", 180_000, async () => {
    const [first, second] = TWO;
    const rows = [first!, { ...second!, keywords: "allow_shutdown='file'" }];
    const { directory, program, worker } = await session(await masterOfAll(agreeing), rows);
    const stamp = join(directory, "w2/shutdown.stamp");
    await logged(directory, `w2: Watching ${stamp}'s mtime to initiate shutdown`);
    writeFileSync(stamp, "");
    for (const name of ["w1", "w2"]) {
      await logged(directory, `${name}: Initiating shutdown because ${stamp} was touched`);
      await worker(name).call("shutdown");
    }
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});

describe("delete_leftover_dirs of one worker", () => {
  it("deletes no base directory of another", async () => {
    const deleting = "delete_leftover_dirs=1";
    const rows = [
      { name: "w1", basedir: ".", keywords: deleting },
      { name: "w2", keywords: deleting },
      { name: "w3", basedir: "deep/w3", keywords: deleting },
    ];
    const { directory, worker } = await session(await masterOfAll(), rows);
    for (const path of ["zold", "w2/zold", "deep/w3/zold", "deep/other"]) mkdirSync(join(directory, path));
    for (const name of ["w1", "w2", "w3"]) await worker(name).setBuilders("b");
    await poll("the leftovers to be gone", () =>
      ["zold", "w2/zold", "deep/w3/zold"].every((path) => !existsSync(join(directory, path))),
    );
    for (const path of ["b", "w2/b", "deep/w3/b", "deep/other"])
      expect(statSync(join(directory, path)).isDirectory()).toBe(true);
    expect(severalLog(directory).filter((line) => line.includes("'w2'") || line.includes("'deep'"))).toEqual([]);
  });

  rareTest("deletes none that it knows by another path", 180_000, async () => {
    const keywords = "delete_leftover_dirs=1";
    const master = await masterOfAll();
    const target = installation.newPath();
    mkdirSync(target);
    const directory = installation.newPath();
    const rows = [
      { name: "w1", port: master.port, basedir: "link", isMissing: true, keywords },
      { name: "w2", port: master.port, basedir: `../${target.split("/").at(-1)}/w2`, keywords },
    ];
    makeSeveral(directory, rows);
    symlinkSync(target, join(directory, "link"));
    mkdirSync(join(target, "zold"));
    installation.start(["start", "--nodaemon", directory]);
    const attached = await attachedOf(master, "w1", "w2");
    for (const one of ["w2", "w1"]) await attached.get(one)!.setBuilders("b");
    await poll("the leftover to be gone", () => !existsSync(join(target, "zold")));
    await attached.get("w1")!.setBuilders("b", "c");
    expect(await outputOf(attached.get("w1")!, "ls -d ../../w2/b")).toBe("../../w2/b");
  });
});

describe("start in the background", () => {
  it("says that they are there when all are", async () => {
    const master = await masterOfAll();
    greetAll(master);
    const rows = ["w1", "w2"].map((name) => ({ name, port: master.port }));
    const directory = makeSeveral(installation.newPath(), rows);
    directories.push(directory);
    expect(await command(["start", directory])).toEqual({
      code: 0,
      complained: "",
      lines: [
        "Following twistd.log until startup finished..",
        "The buildbot-worker appears to have (re)started correctly.",
      ],
    });
    expect(await command(["stop", directory])).toMatchObject({ code: 0 });
  });

  rareTest("names those that are not after ten seconds, and succeeds with one", 180_000, async () => {
    const master = await masterOfAll();
    greetAll(master);
    const rows = [
      { name: "w1", port: DEAD_PORT },
      { name: "w2", port: master.port },
      { name: "w3", port: master.port, password: "'wrong'" },
    ];
    const directory = makeSeveral(installation.newPath(), rows);
    directories.push(directory);
    const { code, lines } = await run(installation, ["start", directory]);
    expect([code, ...lines.slice(1)]).toEqual([
      0,
      "The buildbot-worker appears to have (re)started correctly.",
      `Not attached yet, see ${directory}/twistd.log: w1, w3.`,
    ]);
  });

  rareTest("fails when none is attached after ten seconds", 180_000, async () => {
    const rows = ["w1", "w2"].map((name) => ({ name, port: DEAD_PORT }));
    const directory = makeSeveral(installation.newPath(), rows);
    directories.push(directory);
    const { code, lines } = await run(installation, ["start", directory]);
    expect(code).toBe(1);
    expect(lines.join("\n")).toContain("whether one of its 2 workers will attach");
    expect(lines.join("\n")).toMatch(/its last failure was: w[12]: TCP: cannot connect to 127\.0\.0\.1:1/);
  });
});
