// Many builders whose commands start at the same time: a launcher starts most of them, and the master notices nothing but
// that it is quicker.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Remote } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";

const NAMES = Array.from({ length: 30 }, (_, n) => `b${n}`);

let master: FakeMaster;
let worker: TestWorker;
let attached: AttachedWorker;
let builders: ReadonlyMap<string, Remote>;
let launcherPid: number;

beforeAll(async () => {
  master = await FakeMaster.listen();
  worker = await startTestWorker({ port: master.port });
  await attach();
  launcherPid = await crowd();
});
afterAll(async () => {
  await worker?.end();
  await master?.close();
});
afterEach(() => expect(worker.bugs).toEqual([]));

async function attach(): Promise<void> {
  attached = await master.nextWorker();
  builders = await attached.setBuilders(...NAMES);
}

function start(name: string, command: string | readonly string[]): Promise<CommandReport> {
  return attached.startCommand(builders.get(name)!, "shell", { command, workdir: ".", logEnviron: false });
}

/** Runs commands on all builders until a process that is not ours starts them, and returns its pid. */
async function crowd(): Promise<number> {
  const parents = new Set<number>();
  await poll("a launcher", async () => {
    const reports = await Promise.all(NAMES.map((name, n) => start(name, `echo $PPID; exit ${n}`)));
    await Promise.all(reports.map(({ completed }) => completed));
    expect(reports.map((report) => report.value("rc"))).toEqual(NAMES.map((_, n) => n));
    for (const report of reports) parents.add(Number(report.text("stdout")));
    return [...parents].some((pid) => pid !== process.pid);
  });
  const [launcher = 0, ...more] = [...parents].filter((pid) => pid !== process.pid);
  expect(more).toEqual([]);
  return launcher;
}

/** Has the launcher stand still until the result is called. */
function hold(): () => void {
  process.kill(launcherPid, "SIGSTOP");
  return () => process.kill(launcherPid, "SIGCONT");
}

/** Interrupts a command after its announcement, before it can be started. Resolves when it is complete, as interrupted. */
async function interruptedAtStart(name: string, command: string | readonly string[]): Promise<CommandReport> {
  const letGo = hold();
  const report = await start(name, command);
  await report.printed("header", "using PTY");
  await attached.broker.call(builders.get(name)!, "interruptCommand", [report.id, "no more"]);
  letGo();
  expect(await report.completed).toBeNull();
  expect(report.value("rc")).toBe(-1);
  return report;
}

it("a command that is interrupted while it is being started is killed, and completes", async () => {
  const report = await interruptedAtStart("b1", "sleep 1000");
  expect(report.text("header")).toContain("command interrupted, attempting to kill");
  expect(report.text("header")).toContain("process killed by signal 9");
});

it("a command whose master is lost while it is being started is killed in silence", async () => {
  const letGo = hold();
  const report = await start("b2", "sleep 1000");
  await report.printed("header", "using PTY");
  attached.socket.destroy();
  const next = attach();
  await poll("the loss to be noticed", () => worker.log.some((line) => line.includes("halting current command")));
  letGo();
  await next;
  expect(report.completions).toBe(0);
  const after = await start("b2", "echo $PPID");
  await after.completed;
  expect(after.value("rc")).toBe(0);
});

it("a command that is interrupted before it is found out that there is no such program is not tried again", async () => {
  const report = await interruptedAtStart("b2", ["/no/such/program"]);
  expect(report.text("header")).toContain("command interrupted before it was started");
});

it("killing the launcher ends its commands, and the worker continues without it and logs that", async () => {
  const report = await start("b3", "echo $PPID; exec sleep 1000");
  await report.printed("stdout", `${launcherPid}\n`);
  process.kill(launcherPid, "SIGKILL");
  await report.completed;
  expect(report.value("rc")).toBe(-1);
  expect(report.text("header")).toContain(
    "buildhand: the launcher of the program was killed, so the program was killed too\n",
  );
  expect(report.text("header")).toContain("process killed by signal 9");
  expect(worker.log).toContain(
    "starting commands without a launcher for a minute: it ended with SIGKILL; commands lost: 1",
  );
  const after = await start("b3", "echo $PPID");
  await after.completed;
  expect(after.text("stdout")).toBe(`${process.pid}\n`);
});
