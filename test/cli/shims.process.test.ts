// The scripts that `buildhand shims` writes, called as images, units and scripts call Buildbot's programs.
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from "vitest";
import { killWorker, pidOf } from "../daemon/background-workers.ts";
import {
  type Installation,
  install,
  makeBasedir,
  type StartOptions,
  type WorkerProgram,
} from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { noPidNamespace, PID_NAMESPACE } from "../support/pid-namespace.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { commandLine } from "./command-line.ts";

let installation: Installation;
let master: FakeMaster;
let shims: string;
const running: WorkerProgram[] = [];
const background: string[] = [];

const writeShims = (words: readonly string[], umask = 0o022) => commandLine(["shims", ...words], { umask });

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen();
  shims = installation.newPath();
  expect(await writeShims([`--program=${installation.executable}`, shims])).toMatchObject({ code: 0, errors: "" });
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  for (const directory of background.splice(0)) await killWorker(directory);
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

/** Runs a program by name, with the shims first in PATH. */
function call(
  name: string,
  argv: readonly string[],
  { cwd, under = [] }: Pick<StartOptions, "cwd" | "under">,
): WorkerProgram {
  const line = `shift 2; PATH='${shims}':$PATH; exec ${name} "$@"`;
  const program = installation.start(argv, { cwd, under: [...under, "/bin/sh", "-c", line, "sh"] });
  running.push(program);
  return program;
}

/** A base directory whose buildbot.tac sets no log. */
function basedir(log = ""): string {
  const path = makeBasedir(installation.newPath(), { port: master.port });
  const tac = join(path, "buildbot.tac");
  const text = readFileSync(tac, "utf8").replace(/^application\.setComponent.*$/m, log);
  writeFileSync(tac, text);
  return path;
}

describe("buildhand shims", () => {
  it("writes scripts that all users can run, and overwrites its own", async () => {
    const directory = installation.newPath();
    for (const _ of [1, 2]) {
      expect(await writeShims([directory], 0o077)).toEqual({
        code: 0,
        printed: `${directory}/buildbot-worker\n${directory}/twistd\n`,
        errors: "",
      });
    }
    expect(readdirSync(directory).sort()).toEqual(["buildbot-worker", "twistd"]);
    expect(statSync(join(directory, "twistd")).mode & 0o777).toBe(0o755);
  });

  it("replaces other files only with --force", async () => {
    const directory = installation.newPath();
    mkdirSync(directory);
    const foreign = join(directory, "twistd");
    symlinkSync("/bin/true", foreign);
    expect(await writeShims([directory])).toMatchObject({
      code: 1,
      printed: `${foreign} exists and was not written by this command; use --force to replace it\n`,
    });
    expect(readdirSync(directory)).toEqual(["twistd"]);
    expect(await writeShims(["--force", directory])).toMatchObject({ code: 0 });
    expect(readFileSync(foreign, "utf8")).toContain("buildhand shims");
    expect(statSync("/bin/true").size).toBeGreaterThan(1000);
  });

  it("accepts any paths of the program and Node.js", async () => {
    const odd = installation.newPath();
    const program = join(odd, `it's "odd" $HOME.js`);
    mkdirSync(odd);
    symlinkSync(installation.executable, program);
    const directory = join(odd, "bin");
    const words = [`--node=${process.execPath}`, `--program=${program}`, directory];
    expect(await writeShims(words)).toMatchObject({ code: 0 });
    const { stdout } = await promisify(execFile)(join(directory, "buildbot-worker"), ["--version"]);
    expect(stdout).toMatch(/^worker version:/);
  });

  test.each([
    ["a relative path", ["--program=x.js", "d"], "--program needs an absolute path, got 'x.js'"],
    ["no directory", [], "expected one directory"],
    ["a file for a directory", ["/dev/null"], "/dev/null/buildbot-worker cannot be written: Not a directory"],
    [
      "a directory that cannot be made",
      ["/proc/x"],
      "/proc/x/buildbot-worker cannot be written: No such file or directory",
    ],
  ])("refuses %s", async (_, words, sentence) => {
    const { code, printed } = await writeShims(words);
    expect({ code, last: printed.split("\n").at(-2) }).toEqual({ code: 1, last: expect.stringContaining(sentence) });
  });
});

describe("twistd in the foreground", () => {
  const wordings = [
    [["--pidfile=", "-ny", "buildbot.tac"]],
    [["-noy", "buildbot.tac"]],
    [["--nodaemon", "--no_save", "--python=buildbot.tac", "--pidfile=own.pid"]],
  ];
  test.each(rowsOf(wordings, (_, at) => at !== 1))("%j runs the worker and logs to standard output", async (words) => {
    const path = basedir();
    const program = call("twistd", words, { cwd: path });
    await master.nextWorker();
    expect(program.printed).toMatch(/^\d{4}-\d\d-\d\dT\S+ \[-\] Starting Worker/);
    const pidFiles = readdirSync(path).filter((name) => name.endsWith(".pid"));
    expect(pidFiles).toEqual(words.includes("--pidfile=") ? [] : [words.includes("-noy") ? "twistd.pid" : "own.pid"]);
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(readdirSync(path).filter((name) => /pid|log/.test(name))).toEqual([]);
  });

  it("uses the log of the file even with --logfile, and --logfile if the file sets none", async () => {
    const withLog = makeBasedir(installation.newPath(), { port: master.port });
    const without = basedir();
    const rows = [
      [withLog, "twistd.log"],
      [without, "own.log"],
    ] as const;
    // The next test has the second, too.
    for (const [path, name] of rowsOf(rows, (_, at) => at === 0)) {
      const program = call("twistd", ["--pidfile=", "-l", "own.log", "-ny", "buildbot.tac"], { cwd: path });
      await master.nextWorker();
      expect(program.printed).toBe("");
      expect(readdirSync(path).filter((file) => file.endsWith(".log"))).toEqual([name]);
    }
  });

  it("takes a file with any path; --rundir is the working directory, and other paths are not relative to it", async () => {
    const path = basedir();
    renameSync(join(path, "buildbot.tac"), join(path, "worker.py"));
    const caller = installation.newPath();
    mkdirSync(join(caller, "run"), { recursive: true });
    const program = call("twistd", ["-d", "run", "-l", "a.log", "--umask=027", "-ny", join(path, "worker.py")], {
      cwd: caller,
    });
    const attached = await master.nextWorker();
    const info = (await attached.call("getWorkerInfo")) as unknown as ReadonlyMap<string, unknown>;
    expect(info.get("basedir")).toBe(path);
    expect(readdirSync(caller).sort()).toEqual(["a.log", "run", "twistd.pid"]);
    const status = readFileSync(`/proc/${program.child.pid}/status`, "latin1");
    expect(status).toMatch(/^Umask:\s*0027$/m);
  });

  test.skipIf(noPidNamespace !== "")(`ends by a signal as process 1 of a container${noPidNamespace}`, async () => {
    const path = basedir();
    const ready = installation.newPath();
    const under = [
      ...PID_NAMESPACE,
      "sh",
      "-c",
      `(until [ -e '${ready}' ]; do sleep 0.05; done; kill -TERM 1) & exec "$@"`,
      "sh",
    ];
    const program = call("twistd", ["--pidfile=", "-ny", "buildbot.tac"], { cwd: path, under });
    await master.nextWorker();
    writeFileSync(ready, "");
    expect((await program.ended).code).toBe(143);
    expect(program.printed).toContain("Server Shut Down.");
  });
});

describe("twistd in the background", () => {
  it("has its log and PID file in the caller's directory, and buildbot-worker stops it", async () => {
    const path = basedir();
    background.push(path);
    const program = call("twistd", ["-oy", "buildbot.tac"], { cwd: path });
    const attached = await master.nextWorker();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.printed + program.complained).toBe("");
    expect(readFileSync(join(path, "twistd.log"), "utf8")).toContain("Starting Worker");
    expect(readFileSync(`/proc/${pidOf(path)}/status`, "latin1")).toMatch(/^Umask:\s*0077$/m);
    attached.socket.destroy();
    const stop = call("buildbot-worker", ["stop"], { cwd: path });
    expect((await stop.ended).code).toBe(0);
    expect(existsSync(join(path, "twistd.pid"))).toBe(false);
  });

  rareTest("is refused where a worker is already running", 60_000, async () => {
    const path = basedir();
    background.push(path);
    await call("twistd", ["-y", "buildbot.tac"], { cwd: path }).ended;
    const again = call("twistd", ["-y", "buildbot.tac"], { cwd: path });
    expect((await again.ended).code).toBe(1);
    expect(again.complained).toContain(`Another twistd server is running, PID ${pidOf(path)}`);
  });
});

describe("twistd refuses with one sentence", () => {
  test.each([
    ["a command of its own", ["web", "--port=80"], "expected --python FILE with the buildbot.tac of a worker"],
    ["no file", ["-n"], "expected --python FILE with the buildbot.tac of a worker"],
    ["an option that a worker has no use for", ["--syslog", "-ny", "x"], "option --syslog not recognized"],
    ["one more file", ["-ny", "x", "y"], "expected --python FILE"],
    ["no pid file in the background", ["--pidfile=", "-y", "x"], "an empty --pidfile requires --nodaemon"],
    ["a log on standard output in the background", ["-l", "-", "-y", "buildbot.tac"], "cannot log to standard output"],
  ])("%s", async (_, words, sentence) => {
    const { code, printed, errors } = await commandLine(["twistd", ...words], { cwd: basedir() });
    expect(code).toBe(1);
    expect(printed).toContain(sentence);
    expect(printed + errors).not.toMatch(/^ +at /m);
  });

  test.each([
    ["a missing file", "/nowhere/x.tac", "error reading '/nowhere/x.tac': No such file or directory"],
    ["a file that is not a worker's", "web.py", "unexpected content in '"],
  ])("%s", async (_, file, sentence) => {
    const path = basedir();
    writeFileSync(join(path, "web.py"), "application = 1\n", { mode: 0o600 });
    const { code, printed, errors } = await commandLine(["twistd", "-y", file], { cwd: path });
    expect(code).toBe(1);
    expect(printed).toContain(sentence);
    expect(printed).toContain(resolve(path, file));
    expect(printed + errors).not.toMatch(/^ +at /m);
  });
});
