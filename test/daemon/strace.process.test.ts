// The promise that a worker touches no file outside of its base directory, by its system calls in a whole session.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { type FileChange, readTrace, STRACE, TRACED, type Trace } from "./file-calls.ts";
import { type Installation, install, logged, makeBasedir } from "./worker-program.ts";

const missing =
  spawnSync("strace", ["--seccomp-bpf", "-f", "-o", "/dev/null", "true"]).status === 0
    ? undefined
    : "strace cannot be run";
const required = process.env["BUILDHAND_REQUIRE_MASTER"] === "1";

if (missing !== undefined && required) {
  it("the system calls of a worker are watched", () => {
    throw new Error(`${missing} here, and BUILDHAND_REQUIRE_MASTER=1 asks for every test: apt-get install strace`);
  });
}

/** In the script of the shell that makes pipes for the worker, and is its own. */
const PIPE_SHELL = "read line <&3";

/** What happened in a session of the worker, by whomever. */
let trace: Trace;
let basedir: string;
let outside: string;

describe.skipIf(missing !== undefined)(`a worker${missing === undefined ? "" : ` (left out: ${missing})`}`, () => {
  let installation: Installation;
  let root: string;

  beforeAll(async () => {
    installation = install();
    root = mkdtempSync(join(tmpdir(), "buildhand-strace-"));
    outside = join(root, "outside");
    mkdirSync(outside);
    basedir = installation.newPath();
    await wholeSession(installation, root);
    trace = readTrace(root, { prefix: "calls", cwd: outside, isOwn });
  });
  afterAll(async () => {
    await installation.remove();
    rmSync(root, { recursive: true });
  });

  it("changes no file outside of its base directory", () => {
    const ours = trace.changes.filter(({ own }) => own);
    expect(ours.filter((change) => !isHarmless(change)).map(({ call }) => call)).toEqual([]);
  });

  it("is seen to make its files and directories, and to open pipes for commands", () => {
    const named = (name: string) => trace.changes.some(({ own, paths }) => own && paths.includes(join(basedir, name)));
    expect(["twistd.log", "twistd.hostname", "b1", "b1/made", "leftover"].filter((name) => !named(name))).toEqual([]);
    expect(trace.changes.some(({ own, ofPipe }) => own && ofPipe)).toBe(true);
    expect(trace.programs.some(({ own, argv }) => own && argv.includes(PIPE_SHELL))).toBe(true);
  });

  it("is told apart from its commands, which may write wherever they like", () => {
    const elsewhere = trace.changes.filter(({ paths }) => paths.includes(join(outside, "by-a-command")));
    expect(elsewhere.map(({ own }) => own)).toEqual([false]);
  });
});

/** No files, but wishes about a command: whom to end when memory runs out, and its control group. */
const KERNELS_OWN = /^\/proc\/\d+\/oom_score_adj$|^\/sys\/fs\/cgroup\/.*\/buildhand-\d+-\d+(\/|$)/;

/** What the worker runs itself to do what a file command names. */
const OWN_PROGRAMS = ["buildhand.js", '"rm", "-rf"', '"chmod", "-Rf"', '"cp", "-R"', '"bzip2", "-c"'];

function isOwn(argv: string): boolean {
  return [...OWN_PROGRAMS, PIPE_SHELL].some((program) => argv.includes(program));
}

function isHarmless({ call, paths, ofPipe }: FileChange): boolean {
  // libuv has two rings: that for files polls its queue and is switched off here; the other one serves epoll alone.
  if (call.startsWith("io_uring_setup(")) return !call.includes("IORING_SETUP_SQPOLL");
  const isInside = (path: string) => path === basedir || path.startsWith(`${basedir}/`);
  const isHarmlessPath = (path: string) => isInside(path) || path === "/dev/null" || KERNELS_OWN.test(path);
  if (paths.length > 0 && paths.every(isHarmlessPath)) return true;
  return ofPipe && paths.every((path) => /^\/proc\/self\/fd\/\d+$/.test(path));
}

/** Attaches, does all that there is to do, loses the master, comes back, and is ended by SIGTERM. */
async function wholeSession(installation: Installation, root: string): Promise<void> {
  const master = await FakeMaster.listen();
  try {
    makeBasedir(basedir, { port: master.port, variables: { delete_leftover_dirs: "1" } });
    mkdirSync(join(basedir, "leftover"));
    const program = installation.start(["start", "--nodaemon", basedir], {
      cwd: outside,
      under: [...STRACE, join(root, "calls"), "-e", TRACED],
      // What goes through a ring of libuv's, strace cannot see.
      environment: { UV_USE_IO_URING: "0" },
    });
    const first = await master.nextWorker();
    await first.call("getWorkerInfo");
    const workerPid = Number(await shellOutput(first, "echo $PPID"));
    await shellOutput(first, `echo hello >${outside}/by-a-command`);
    expect((await shellOutput(first, "seq 1 300000")).length).toBeGreaterThan(1_000_000);
    await everyFileCommand(first);
    await interruptedCommand(first);
    const lost = await first.startCommand(await builder(first), "shell", shell("echo begun; sleep 1000"));
    await lost.printed("stdout", "begun");
    first.socket.destroy();
    await logged(basedir, "Scheduling retry 1");
    const second = await master.nextWorker();
    await second.setBuilders("b2");
    process.kill(workerPid, "SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
  } finally {
    await master.close();
  }
}

async function builder(attached: AttachedWorker): Promise<Remote> {
  return (await attached.setBuilders("b1", "b2")).get("b1")!;
}

function shell(command: JellyValue): Record<string, JellyValue> {
  return { command, workdir: "build", logEnviron: false };
}

async function shellOutput(attached: AttachedWorker, command: string): Promise<string> {
  return (await attached.run(await builder(attached), "shell", shell(command))).text("stdout");
}

/** Each remote command but shell, with what it takes to do some work. */
async function everyFileCommand(attached: AttachedWorker): Promise<void> {
  const remote = await builder(attached);
  const run = async (name: string, args: Record<string, JellyValue>) => {
    const report = await attached.run(remote, name, args);
    expect([name, report.value("rc")]).toEqual([name, 0]);
  };
  const writer = () => attached.broker.expose(new FakeWriter().object);
  const limits = { workdir: "build", maxsize: null, blocksize: 16384 };
  await run("mkdir", { dir: "made/deep" });
  for (const name of ["downloadFile", "download_file"]) {
    const reader = attached.broker.expose(new FakeReader(Buffer.alloc(100_000, name)).object);
    await run(name, {
      ...limits,
      workerdest: "../made/deep/file",
      path: join(basedir, "b1/made/deep/file"),
      mode: 0o640,
      reader,
    });
  }
  await run("stat", { file: "made/deep/file" });
  await run("glob", { path: "made/**" });
  await run("listdir", { dir: "made/deep" });
  await run("uploadFile", { ...limits, workersrc: "../made/deep/file", keepstamp: true, writer: writer() });
  for (const compress of [null, "gz", "bz2"]) {
    await run("uploadDirectory", { ...limits, workersrc: "../made", compress, writer: writer() });
  }
  await run("cpdir", { fromdir: "made", todir: "copied", logEnviron: false });
  await run("rmfile", { path: "copied/deep/file" });
  await run("rmdir", { dir: ["copied", "absent"], logEnviron: false });
}

async function interruptedCommand(attached: AttachedWorker): Promise<void> {
  const remote = await builder(attached);
  const report = await attached.startCommand(remote, "shell", shell("echo begun; sleep 1000"));
  await report.printed("stdout", "begun");
  await attached.broker.call(remote, "interruptCommand", [report.id, "enough"]);
  await report.completed;
}
