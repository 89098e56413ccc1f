// A worker on Windows from its creation to its end: stopping by the pipe, jobs, leftover directories, encodings, doctor.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { printed } from "../masters/support/build-outcome.ts";
import { shell } from "../masters/support/description.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { poll } from "../support/poll.ts";
import {
  freshTestDirectory,
  NODE,
  onLinux,
  processesWith,
  runBuildhand,
  startBuildhand,
  type WindowsProgram,
} from "./support/windows.ts";
import { createWindowsWorker, startWindowsWorker, type WindowsWorker } from "./support/windows-worker.ts";

const FOREVER = "setTimeout(()=>{},1000000)//";
const sleeper = (name: string) => `${NODE} -e "${FOREVER}${name}"`;
const SEEN = "C:\\t\\seen";
const started: WindowsProgram[] = [];
let master: TestMaster;

beforeAll(async () => {
  freshTestDirectory();
  // A build is retried when its worker is lost: the second attempt ends at once.
  const tree = `if exist ${SEEN} exit /b 0\necho x> ${SEEN}\nstart /b ${sleeper("tree")}\n${NODE} -e "require('child_process').spawn(process.execPath,['-e','${FOREVER}tree'],{detached:true,stdio:'inherit'})"\n${sleeper("tree")}`;
  const named = (name: string, command: string, args = {}, worker = "win") => ({
    name,
    workers: [worker],
    steps: [shell("step", command, args)],
  });
  master = await startMaster({
    workers: ["win", "stopped", "killed"].map((name) => ({ name, password: "secret" })),
    builders: [
      named("Live1", "echo hello"),
      named("tree of stopped", tree, {}, "stopped"),
      named("tree of killed", tree, {}, "killed"),
      named("polite", sleeper("polite"), { sigtermTime: 3, timeout: 3 }),
      named("left", `start /b ${sleeper("left")}`),
      named("slow", `echo begun\n${NODE} -e "setTimeout(()=>{},6000)"`),
      named("unlink", `${NODE} -e "require('fs').unlinkSync('C:/t/log/twistd.log')"`),
      named("bytes", `${NODE} -e "process.stdout.write(Buffer.from([0x81,0x0a]))"`),
    ],
  });
});

afterEach(async () => {
  for (const { child, exited } of started.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
});

afterAll(() => master?.end());

async function start({ name = "win", ...options }: Partial<Parameters<typeof startWindowsWorker>[1]> = {}) {
  const worker = await startWindowsWorker(master, { name, ...options });
  started.push(worker.program);
  return worker;
}

/** Whether the log has got more since, and a master's greeting in it: there is one for each builder. */
function attachedAgain(worker: WindowsWorker): () => boolean {
  const before = worker.log().length;
  return () => worker.log().slice(before).includes("message from master: attached");
}

function startTree(worker: string) {
  rmSync(onLinux(SEEN), { force: true });
  return master.startBuild(`tree of ${worker}`);
}

test("stop ends the worker, and everything it started, without a trace", async () => {
  const worker = await start({ name: "stopped" });
  await startTree("stopped");
  await poll("the command's processes", () => processesWith(`${FOREVER}tree`).length >= 3);
  const stopped = await runBuildhand("stop", worker.basedir);
  expect(stopped.output).toMatch(/worker process \d+ is dead/);
  expect(stopped.code).toBe(0);
  expect(await worker.program.exited).toBe(0);
  expect(processesWith(`${FOREVER}tree`)).toEqual([]);
  expect(worker.log()).toContain("Server Shut Down.");
  expect(readdirSync(onLinux(worker.basedir)).filter((name) => /control|commands|pid/.test(name))).toEqual([]);
  expect((await runBuildhand("stop", worker.basedir)).output).toContain("worker not running");
});

test("a graceful stop lets the build finish", async () => {
  const worker = await start({ directory: "graceful" });
  const build = await master.startBuild("slow");
  await poll("the command to run", () => worker.log().includes("RunProcess._startCommand"));
  const stopped = await runBuildhand("stop", "--graceful", worker.basedir);
  expect(stopped.output).toContain("exits when its running builds are complete");
  expect(stopped.code).toBe(0);
  expect((await build.finished()).result).toBe("success");
  await master.workerDetached("win");
});

test("a second start is refused, and restart replaces the worker", async () => {
  const worker = await start({ directory: "twice" });
  const second = await runBuildhand("start", worker.basedir);
  expect(second.output).toMatch(/Another twistd server is running, PID \d+/);
  expect(second.code).not.toBe(0);
  const status = await runBuildhand("status", worker.basedir);
  expect(status.output).toMatch(/attached/);
  expect(status.code).toBe(0);
  const isAttachedAgain = attachedAgain(worker);
  const restarted = startBuildhand("restart", worker.basedir);
  started.push(restarted);
  expect(await worker.program.exited).toBe(0);
  await poll("the new worker", isAttachedAgain);
  expect(restarted.output()).toContain("now restarting worker process..");
  expect((await runBuildhand("stop", worker.basedir)).code).toBe(0);
  await master.workerDetached("win");
});

test("when the worker is killed, nothing of its commands is left, and the next start removes the batch file", async () => {
  const worker = await start({ name: "killed" });
  await startTree("killed");
  await poll("the command's processes", () => processesWith(`${FOREVER}tree`).length >= 3);
  const place = onLinux(`${worker.basedir}\\.buildhand-commands`);
  const [file = ""] = readdirSync(place);
  expect(readFileSync(`${place}/${file}`, "utf8")).toContain("@echo off");
  worker.program.child.kill("SIGKILL");
  await poll("the end of all processes", () => processesWith(`${FOREVER}tree`).length === 0);
  const isAttachedAgain = attachedAgain(worker);
  const again = startBuildhand("start", worker.basedir);
  started.push(again);
  await poll("the file to go", () => !existsSync(`${place}/${file}`));
  await poll("the worker to attach", isAttachedAgain);
  expect((await runBuildhand("stop", worker.basedir)).code).toBe(0);
});

test("SIGTERM asks a program to end before it is killed, and a process that is left behind is named", async () => {
  const worker = await start({ directory: "signals" });
  const polite = await master.build("polite");
  expect(printed(polite, "step", "header")).toMatch(/program finished with exit code 1\b/);
  expect(processesWith(`${FOREVER}polite`)).toEqual([]);
  const left = await master.startBuild("left");
  await poll("the process that is left", () => processesWith(`${FOREVER}left`).length > 0);
  await poll("the report", () => worker.log().includes("held open by"));
  expect(worker.log()).toMatch(/held open by process \d+ \(node\.exe\)/);
  await left.stop("seen enough");
  expect((await left.finished()).result).toBe("cancelled");
  expect(processesWith(`${FOREVER}left`)).toEqual([]);
});

test("delete_leftover_dirs removes unused directories with read-only files, and keeps live builders", async () => {
  await createWindowsWorker(master, { name: "win", directory: "leftovers", createOptions: ["--delete-leftover-dirs"] });
  const place = (name: string) => onLinux(`C:\\t\\leftovers\\${name}`);
  for (const name of ["LIVE1", "unused"]) {
    mkdirSync(place(name));
    writeFileSync(`${place(name)}/file`, "", { mode: 0o444 });
  }
  const worker = await start({ directory: "leftovers", isCreated: true });
  await poll("the unused directory to go", () => !existsSync(place("unused")));
  expect(existsSync(`${place("LIVE1")}/file`)).toBe(true);
  expect(worker.log()).not.toMatch(/Deleting directory '(?:live1|tree|polite|left|slow|bytes)'/i);
  expect((await master.build("Live1")).result).toBe("success");
});

test("programs print in the code page that unicode_encoding names", async () => {
  const directory = "bytes";
  const basedir = await createWindowsWorker(master, { name: "win", directory });
  const tac = onLinux(`${basedir}\\buildbot.tac`);
  writeFileSync(
    tac,
    readFileSync(tac, "utf8").replace("delete_leftover_dirs=", "unicode_encoding='oem', delete_leftover_dirs="),
  );
  await start({ directory, isCreated: true });
  expect(printed(await master.build("bytes"), "step")).toBe("ü\n");
});

test("touching shutdown.stamp ends a worker with allow_shutdown='file'", async () => {
  const worker = await start({ directory: "stamp", createOptions: ["--allow-shutdown=file"] });
  const stamp = onLinux(`${worker.basedir}\\shutdown.stamp`);
  writeFileSync(stamp, "");
  const later = new Date(Date.now() + 60_000);
  utimesSync(stamp, later, later);
  expect(await worker.program.exited).toBe(0);
});

test("the log is rotated, and others may remove it while the worker runs", async () => {
  const worker = await start({ directory: "log", createOptions: ["--log-size=1000", "--log-count=2"] });
  expect((await master.build("unlink")).result).toBe("success");
  expect((await master.build("Live1")).result).toBe("success");
  expect(existsSync(onLinux(`${worker.basedir}\\twistd.log.1`))).toBe(true);
});

test("doctor has no findings that are about POSIX", async () => {
  const basedir = await createWindowsWorker(master, { name: "win", directory: "doctor" });
  const examined = await runBuildhand("doctor", basedir);
  expect(examined.output).not.toMatch(/uid|chmod|permissions are|bash|\/etc|control group/i);
  expect(examined.output).toMatch(/rights that it inherits/);
});
