// The program as its users start it: the real executable as a child, with a master of ours on loopback.
import { chmodSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import {
  ADVICE,
  type BasedirOptions,
  type Installation,
  install,
  lives,
  logged,
  logOf,
  makeBasedir,
  PASSWORD,
  type StartOptions,
  type WorkerProgram,
} from "./worker-program.ts";

/** Nobody's, on every Linux. */
const UNPRIVILEGED_UID = 65_534;
/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;

let installation: Installation;
const masters: FakeMaster[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});
afterAll(() => installation.remove());

interface Session {
  readonly master: FakeMaster;
  readonly attached: AttachedWorker;
  readonly basedir: string;
  readonly program: WorkerProgram;
}

async function session(
  variables: BasedirOptions["variables"] = {},
  start: (basedir: string) => WorkerProgram = (basedir) => installation.start(["start", "--nodaemon", basedir]),
): Promise<Session> {
  const master = await FakeMaster.listen();
  masters.push(master);
  const basedir = makeBasedir(installation.newPath(), { port: master.port, variables });
  const program = start(basedir);
  return { master, basedir, program, attached: await attachedWorker(master, program) };
}

/** The next worker; fails with what the program said when it ends instead. */
function attachedWorker(master: FakeMaster, program: WorkerProgram): Promise<AttachedWorker> {
  const ended = program.ended.then(({ code, signal }) => {
    throw new Error(`the program ended with ${code ?? signal}: ${program.printed}${program.complained}`);
  });
  return Promise.race([master.nextWorker(), ended]);
}

async function builder(attached: AttachedWorker): Promise<Remote> {
  return (await attached.setBuilders("b1")).get("b1")!;
}

function shell(command: JellyValue): Record<string, JellyValue> {
  return { command, workdir: "build", logEnviron: false };
}

async function outputOf({ attached }: Session, command: JellyValue): Promise<string> {
  return (await attached.run(await builder(attached), "shell", shell(command))).text("stdout");
}

/** A command that runs, and the processes that are it. */
async function runningCommand(attached: AttachedWorker): Promise<{ report: CommandReport; pids: readonly number[] }> {
  const command = "sleep 1000 & echo $$ $!; wait";
  const report = await attached.startCommand(await builder(attached), "shell", shell(command));
  await report.printed("stdout", "\n");
  return { report, pids: report.text("stdout").trim().split(" ").map(Number) };
}

describe("a base directory that no worker can run in ends the start with 1 and prints the reason on stdout", () => {
  const readable = { port: DEAD_PORT };
  const endpoint = (text: string) => ({ buildmaster_host: "None", port: "None", connection_string: `'${text}'` });
  const tacLine = (basedir: string, line: string) => {
    makeBasedir(basedir, readable);
    writeFileSync(join(basedir, "buildbot.tac"), `# Application('buildbot-worker')\n${line}\n`);
  };

  const unusable: readonly [string, (basedir: string) => void, (basedir: string) => string][] = [
    [
      "when it is missing",
      () => {},
      (basedir) =>
        `error reading '${basedir}/buildbot.tac': No such file or directory\ninvalid worker directory '${basedir}'`,
    ],
    [
      "when it is a file",
      (basedir) => writeFileSync(basedir, ""),
      (basedir) => `error reading '${basedir}/buildbot.tac': Not a directory\ninvalid worker directory '${basedir}'`,
    ],
    [
      "when it is a master's",
      (basedir) => {
        mkdirSync(basedir);
        writeFileSync(join(basedir, "buildbot.tac"), "application = service.Application('buildmaster')\n");
      },
      (basedir) => `unexpected content in '${basedir}/buildbot.tac'\ninvalid worker directory '${basedir}'`,
    ],
    [
      "when buildbot.tac is no Python",
      (basedir) => tacLine(basedir, `passwd = '${PASSWORD}`),
      (basedir) => `${basedir}/buildbot.tac, line 2: `,
    ],
    [
      "when buildbot.tac is more Python than is understood here",
      (basedir) => tacLine(basedir, `passwd = subprocess.check_output(['pass', '${PASSWORD}'])`),
      (basedir) => `${basedir}/buildbot.tac, line 2: `,
    ],
    [
      "when a setting has a value that it cannot have",
      (basedir) => makeBasedir(basedir, { ...readable, variables: { port: `'${PASSWORD}'` } }),
      (basedir) => `${basedir}/buildbot.tac, line `,
    ],
    [
      "when buildbot.tac names another directory that is missing",
      (basedir) => makeBasedir(basedir, { ...readable, variables: { basedir: "'/no/such/directory'" } }),
      () => "[Errno 2] No such file or directory: '/no/such/directory/twistd.log'",
    ],
    [
      "when buildbot.tac names a protocol that is none",
      (basedir) => makeBasedir(basedir, { ...readable, variables: { protocol: "'carrier pigeon'" } }),
      () => "Unknown protocol carrier pigeon",
    ],
    [
      "when buildbot.tac names an endpoint that is none",
      (basedir) => makeBasedir(basedir, { ...readable, variables: endpoint("nonsense:h:1") }),
      (basedir) => `${basedir}/buildbot.tac: connection_string: Unknown endpoint type: 'nonsense'; expected tcp, tls,`,
    ],
    [
      "when buildbot.tac names a proxy with its password in the wrong place",
      (basedir) => makeBasedir(basedir, { ...readable, variables: { proxy_connection_string: `'tcp:h:${PASSWORD}'` } }),
      (basedir) => `${basedir}/buildbot.tac: proxy_connection_string: port must be a whole number from 1 to 65535`,
    ],
    [
      "when the authorities to trust are missing",
      (basedir) => makeBasedir(basedir, { ...readable, variables: endpoint("tls:h:1:trustRoots=certs") }),
      (basedir) => `${basedir}/buildbot.tac: ${basedir}/certs: No such file or directory`,
    ],
    [
      "when a certificate is demanded of a master without TLS",
      (basedir) => makeBasedir(basedir, { ...readable, variables: { tls_verify: "True" } }),
      (basedir) => `${basedir}/buildbot.tac: tls_verify is set, but the connection does not use TLS`,
    ],
  ];
  const typical = /is missing$|no Python|a value|a proxy/;
  it.each(rowsOf(unusable, ([when]) => typical.test(when)))("%s", async (_, prepare, sentence) => {
    const basedir = installation.newPath();
    prepare(basedir);
    const program = installation.start(["start", "--nodaemon", basedir]);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.complained).toMatch(ADVICE);
    expect(program.complained.split("\n")).toHaveLength(2);
    const expected = sentence(basedir);
    expect(program.printed.slice(0, expected.length)).toBe(expected);
    expect(program.printed.trimEnd().split("\n")).toHaveLength(expected.split("\n").length);
    expect(program.printed).not.toContain(PASSWORD);
    expect(program.printed).not.toMatch(/^ +at /m);
    expect(logOf(basedir)).toEqual([]);
  });
});

const lastWords = ["Main loop terminated.", "Server Shut Down."];

describe("a start", () => {
  it("logs what people look for, in the order of the real worker; on the master's order it ends with 0", async () => {
    const { attached, basedir, program } = await session();
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    await attached.call("print", "attached");
    await attached.broker.call(await builder(attached), "print", ["attached"]);
    await logged(basedir, "sending application-level keepalives");
    const log = logOf(basedir);
    expect(log.filter((entry) => entry !== "message from master: attached")).toEqual([
      `Starting Worker -- version: ${version}`,
      "recording hostname in twistd.hostname",
      "Connected to buildmaster; worker is ready",
      "sending application-level keepalives every 600 seconds",
    ]);
    expect(log.filter((entry) => entry === "message from master: attached")).toHaveLength(2);
    expect(readFileSync(join(basedir, "twistd.hostname"), "utf8")).toBe(`${hostname()}\n`);
    expect(await attached.call("shutdown")).toBeNull();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).slice(-3)).toEqual(["worker shutting down on command from master", ...lastWords]);
    expect(program.printed + program.complained).toBe("");
  });

  rareTest("says nothing of keepalives that are turned off", 180_000, async () => {
    const { basedir } = await session({ keepalive: "0" });
    await logged(basedir, "Connected to buildmaster; worker is ready");
    expect(logOf(basedir).filter((entry) => entry.includes("keepalive"))).toEqual([]);
  });

  rareTest("adds to the log that is there", 180_000, async () => {
    const { basedir } = await session({}, (directory) => {
      writeFileSync(join(directory, "twistd.log"), "2026-11-23 21:42:26+0000 [-] Server Shut Down.\n");
      return installation.start(["start", "--nodaemon", directory]);
    });
    expect(logOf(basedir)[0]).toBe("Server Shut Down.");
  });

  rareTest("kills a command that still runs on the master's order to shut down", 180_000, async () => {
    const { attached, program } = await session();
    const { pids } = await runningCommand(attached);
    await attached.call("shutdown");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    await poll("the command to be gone", () => !pids.some(lives));
  });

  const under = ["/bin/sh", "-c", 'umask 022; exec "$@"', "sh"];
  const modeOf = ({ basedir }: Session, file: string) => (statSync(join(basedir, file)).mode & 0o777).toString(8);
  const places: readonly [string, (basedir: string) => [string[], StartOptions]][] = [
    ["a relative directory", (basedir) => [[basedir.slice(dirname(basedir).length + 1)], { cwd: dirname(basedir) }]],
    ["the current directory when none is given", (basedir) => [[], { cwd: basedir }]],
    ["an absolute directory, from anywhere", (basedir) => [[basedir], { cwd: "/" }]],
  ];
  const title = "takes %s, the umask of its caller, and the version that BUILDBOT_VERSION gives";
  it.each(rowsOf(places, (_, at) => at === 0))(title, async (_, place) => {
    const one = await session({}, (basedir) => {
      const [directories, options] = place(basedir);
      const environment = { BUILDBOT_VERSION: "9.9.9" };
      return installation.start(["start", "--nodaemon", ...directories], { ...options, under, environment });
    });
    expect(logOf(one.basedir)).toContain("Starting Worker -- version: 9.9.9");
    expect(await one.attached.call("getVersion")).toBe("9.9.9");
    const info = (await one.attached.call("getWorkerInfo")) as ReadonlyMap<string, JellyValue>;
    expect([info.get("version"), info.get("basedir")]).toEqual(["9.9.9", one.basedir]);
    expect(await outputOf(one, "umask")).toBe("0022\n");
    expect(modeOf(one, "twistd.hostname")).toBe("644");
    expect(await outputOf(one, "pwd")).toBe(`${one.basedir}/b1/build\n`);
  });

  it("gives the umask of buildbot.tac to all files but the log", async () => {
    const own = await session({ umask: "0o27" }, (basedir) =>
      installation.start(["start", "--nodaemon", basedir], { under }),
    );
    expect(await outputOf(own, "umask")).toBe("0027\n");
    expect([modeOf(own, "twistd.hostname"), modeOf(own, "twistd.log"), modeOf(own, "b1")]).toEqual([
      "640",
      "644",
      "750",
    ]);
  });

  rareTest("passes no descriptor of its caller's on to a command", 180_000, async () => {
    const stray = openSync("/dev/null", "r");
    const moreStdio = Array.from({ length: 38 }, (_, i) => ([3, 40].includes(i + 3) ? stray : ("ignore" as const)));
    const one = await session({}, (basedir) => installation.start(["start", "--nodaemon", basedir], { moreStdio }));
    expect(readFileSync(`/proc/${one.program.child.pid}/cmdline`, "latin1")).toContain("--nodaemon");
    const lines = (await outputOf(one, ["ls", "-l", "/proc/self/fd"])).trim().split("\n").slice(1);
    expect(lines.map((line) => line.replace(/^.* (\d+) -> (?:pipe:|(\/proc)\/\d+\/fd).*$/, "$1$2"))).toEqual([
      "0",
      "1",
      "2",
      "3/proc", // what ls lists
    ]);
  });
});

describe.each(rowsOf(["SIGTERM", "SIGINT"] as const, (name) => name === "SIGTERM"))("%s", (name) => {
  it("kills the running command with its children, and ends the worker after a log line", async () => {
    const { attached, basedir, program } = await session();
    const { report, pids } = await runningCommand(attached);
    program.child.kill(name);
    expect(await program.ended).toEqual({ code: null, signal: name });
    expect(pids).toHaveLength(2);
    await poll("the command to be gone", () => !pids.some(lives));
    const log = logOf(basedir);
    expect(log.slice(log.indexOf(`Received ${name}, shutting down.`))).toEqual([
      `Received ${name}, shutting down.`,
      "lost remote step",
      `stopCommand: halting current command ${report.id}`,
      expect.stringContaining("command interrupted"),
      expect.stringContaining("command finished with signal 9"),
      ...lastWords,
    ]);
    expect([report.completions, report.value("rc")]).toEqual([0, undefined]);
    expect(program.printed + program.complained).toBe("");
  });

  it("ends a worker that waits to connect again", async () => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables: { maxdelay: "300" } });
    const program = installation.start(["start", "--nodaemon", basedir]);
    await logged(basedir, "Scheduling retry 1 to connect");
    program.child.kill(name);
    expect(await program.ended).toEqual({ code: null, signal: name });
    expect(logOf(basedir).slice(-3)).toEqual([`Received ${name}, shutting down.`, ...lastWords]);
  });
});

describe("a user without rights", () => {
  // Root may read and write everything, so it hands the program to somebody else; anybody else is that already.
  const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {};
  const uid = String(user.uid ?? process.getuid?.());
  /** Says who runs the program, as the program's own process. */
  const under = ["/bin/sh", "-c", 'id -u >&2; exec "$@"', "sh"];

  function lockedBasedir(port: number): string {
    const basedir = makeBasedir(installation.newPath(), { port });
    chmodSync(join(basedir, "buildbot.tac"), 0o644);
    return basedir;
  }

  rareTest("whose pid file cannot be removed gets a log line, and the worker ends as usual", 180_000, async () => {
    const basedir = lockedBasedir(DEAD_PORT);
    const pids = installation.newPath();
    for (const path of [basedir, pids]) {
      mkdirSync(path, { recursive: true });
      chmodSync(path, 0o777);
    }
    const argv = ["start", "--nodaemon", `--pidfile=${pids}/w.pid`, basedir];
    const program = installation.start(argv, user);
    await logged(basedir, "Starting Worker");
    chmodSync(pids, 0o555);
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    chmodSync(pids, 0o777);
    expect(logOf(basedir).at(-1)).toBe(`${pids}/w.pid cannot be removed: Permission denied`);
  });

  it("gets an error if buildbot.tac cannot be read", async () => {
    const basedir = lockedBasedir(DEAD_PORT);
    chmodSync(join(basedir, "buildbot.tac"), 0);
    const program = installation.start(["start", "--nodaemon", basedir], { ...user, under });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.printed).toBe(
      `error reading '${basedir}/buildbot.tac': Permission denied\ninvalid worker directory '${basedir}'\n`,
    );
    expect(program.complained.replace(ADVICE, "")).toBe(`${uid}\n`);
  });

  rareTest("gets an error if no log can be created in a read-only base directory", 180_000, async () => {
    const basedir = lockedBasedir(DEAD_PORT);
    chmodSync(basedir, 0o555);
    const program = installation.start(["start", "--nodaemon", basedir], { ...user, under });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.printed).toBe(`[Errno 13] Permission denied: '${basedir}/twistd.log'\n`);
    expect(program.complained.replace(ADVICE, "")).toBe(`${uid}\n`);
  });

  it("has a worker that reports what it has no permission for, and does the rest", async () => {
    const one = await session({}, (basedir) => {
      mkdirSync(join(basedir, "info"));
      mkdirSync(join(basedir, "b1"));
      for (const file of ["info/admin", "info/host", "twistd.log"]) writeFileSync(join(basedir, file), file);
      writeFileSync(join(basedir, "twistd.log"), "");
      const modes = { "buildbot.tac": 0o644, "info/admin": 0, "twistd.log": 0o666, b1: 0o777, "": 0o555 };
      for (const [file, mode] of Object.entries(modes)) chmodSync(join(basedir, file), mode);
      return installation.start(["start", "--nodaemon", basedir], { ...user, under });
    });
    const { attached, basedir, program } = one;
    expect(program.complained).toBe(`${uid}\n`);
    const info = (await attached.call("getWorkerInfo")) as ReadonlyMap<string, JellyValue>;
    expect(info.get("host")).toBe("info/host");
    expect(info.has("admin")).toBe(false);
    await expect(attached.setBuilders("b2")).rejects.toThrow("cannot create the directory of builder 'b2': EACCES");
    expect(await outputOf(one, "id -u")).toBe(`${uid}\n`);
    const refusals = logOf(basedir).filter((entry) => /EACCES|[Pp]ermission denied/.test(entry));
    expect(
      refusals.map((entry) => entry.match(/twistd\.hostname|buildhand\.sock|admin|b2|buildhand-commands/)?.[0]),
    ).toEqual(["twistd.hostname", "buildhand.sock", "admin", "b2", "buildhand-commands"]);
    expect(logOf(basedir).join("\n")).not.toMatch(/^\t? +at /m);
    expect(program.complained).toBe(`${uid}\n`);
  });
});
