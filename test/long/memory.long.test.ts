// How much memory the worker takes while one or many commands print without end and while large files go either way, under
// masters that are fast, slow, or stop reading for a while. Writes what it measured into docs/measurements/limits.md.
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { type Installation, install } from "../daemon/worker-program.ts";
import { buildbotAvailable, describeWithMaster } from "../masters/support/availability.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { poll } from "../support/poll.ts";
import { writeLimits } from "./limits-page.ts";
import { type CountedCommand, type MeasuredWorker, shellArguments, startMeasuredWorker } from "./measured-worker.ts";

const FLOOD_BYTES = 300_000_000;
const TRANSFER_BYTES = 200_000_000;
const FILES_OF_A_DIRECTORY = 20;
/** Far slower than anything that is sent, and fast enough for a test. */
const SLOW_BYTES_PER_SECOND = 30_000_000;
/** How far a command has come when its master begins to stall. */
const STALL_AFTER_BYTES = 50_000_000;
const STALL_MS = 5000;
const RISE_LIMIT_MIB = 64;
const LEFT_LIMIT_MIB = 30;
/** What each command beside the first may add to both. */
const FURTHER_COMMAND_MIB = 0.75;
const COMMANDS_AT_ONCE = 100;
const LEFT_WITHIN_MS = 60_000;
const STALL_DEADLINE_MS = 120_000;

let installation: Installation;
let worker: MeasuredWorker;
const rows: string[] = [];

beforeAll(() => {
  installation = install();
});
afterAll(async () => {
  await installation?.remove();
  if (rows.length === rowCount)
    writeLimits("memory", [
      "| worker | does | under a master that | idle | rise | left above idle | soonest after |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...rows,
    ]);
});
afterEach(() => worker?.end());

/** What a worker is asked to do, and how many bytes of it the master has seen. */
interface Task {
  readonly command: Pick<CountedCommand, "completed">;
  readonly totalBytes: number;
  readonly seenBytes: () => number;
}

const MANY = `a flood of 3 MB by each of ${COMMANDS_AT_ONCE} commands at once`;

const tasks = {
  async "a flood of 300 MB"() {
    const print = `yes 'some words of a build' | head -c ${FLOOD_BYTES}`;
    const command = await worker.start("shell", shellArguments("build", print));
    return { command, totalBytes: FLOOD_BYTES, seenBytes: () => command.stdoutBytes };
  },
  async [MANY]() {
    const names = Array.from({ length: COMMANDS_AT_ONCE }, (_, n) => `m${n}`);
    const builders = await worker.attached.setBuilders(...names);
    const print = `yes 'some words of a build' | head -c ${FLOOD_BYTES / COMMANDS_AT_ONCE}`;
    const commands = await Promise.all(
      [...builders.values()].map((builder) => worker.start("shell", shellArguments("build", print), builder)),
    );
    const completed = Promise.all(commands.map((one) => one.completed)).then((codes) => codes.find(Boolean) ?? 0);
    const seenBytes = () => commands.reduce((sum, { stdoutBytes }) => sum + stdoutBytes, 0);
    return { command: { completed }, totalBytes: FLOOD_BYTES, seenBytes };
  },
  "an upload of 200 MB"() {
    makeFile("f", TRANSFER_BYTES);
    return upload("uploadFile", { workersrc: "f", blocksize: 262_144, keepstamp: false });
  },
  "an upload of a directory of 200 MB"() {
    mkdirSync(join(worker.directory, "d"));
    for (let n = 0; n < FILES_OF_A_DIRECTORY; n += 1) makeFile(`d/f${n}`, TRANSFER_BYTES / FILES_OF_A_DIRECTORY);
    return upload("uploadDirectory", { workersrc: "d", blocksize: 16_384, compress: null });
  },
  async "a download of 200 MB"() {
    const reader = new FakeReader(Buffer.alloc(TRANSFER_BYTES));
    const args = {
      workerdest: "f",
      blocksize: 16_384,
      mode: null,
      reader: worker.attached.broker.expose(reader.object),
    };
    return transfer("downloadFile", args, () => bytesOf(reader.calls, "read"));
  },
} satisfies Readonly<Record<string, () => Promise<Task>>>;

type TaskName = keyof typeof tasks;

const masters = {
  "reads at once": async () => {},
  "is slow": async () => {
    for (const direction of ["toMaster", "toWorker"] as const) {
      worker.relay.setConditions(direction, { bytesPerSecond: SLOW_BYTES_PER_SECOND });
    }
  },
  async "reads nothing for five seconds"({ seenBytes }: Task) {
    await poll("the middle", () => seenBytes() >= STALL_AFTER_BYTES, { deadlineMs: STALL_DEADLINE_MS });
    worker.relay.freeze("toMaster");
    await new Promise((resolve) => setTimeout(resolve, STALL_MS));
    worker.relay.thaw("toMaster");
  },
};

type MasterName = keyof typeof masters;

/** With one for Buildbot's own. */
const rowCount = Object.keys(tasks).length * Object.keys(masters).length + Number(buildbotAvailable());

interface Measured {
  readonly idleMib: number;
  readonly riseMib: number;
  /** The first that is small enough, or the least there was in time. */
  readonly leftMib: number;
}

describe.each(Object.keys(masters) as MasterName[])("under a master that %s", (master) => {
  it.each(Object.keys(tasks) as TaskName[])("%s leaves the worker small", async (task) => {
    worker = await startMeasuredWorker(installation, "buildhand");
    const { riseMib, leftMib } = await measured("Buildhand", task, master);
    expect(riseMib).toBeLessThanOrEqual(RISE_LIMIT_MIB + furtherMib(task));
    expect(leftMib).toBeLessThanOrEqual(LEFT_LIMIT_MIB + furtherMib(task));
  });
});

describeWithMaster("for comparison", () => {
  it("Buildbot's own worker grows with a flood that its master does not read", async () => {
    worker = await startMeasuredWorker(installation, "python");
    await measured("Buildbot's", "a flood of 300 MB", "reads nothing for five seconds");
  });
});

async function measured(kind: string, taskName: TaskName, master: MasterName): Promise<Measured> {
  const idleMib = worker.memory().rssMib;
  worker.resetPeak();
  const task: Task = await tasks[taskName]();
  await masters[master](task);
  expect(await task.command.completed).toBe(0);
  expect(task.seenBytes()).toBeGreaterThanOrEqual(task.totalBytes);
  const riseMib = worker.memory().peakMib - idleMib;
  const { leftMib, afterMs } = await memoryLeft(idleMib, LEFT_LIMIT_MIB + furtherMib(taskName));
  const figures = [`${Math.round(idleMib)} MiB`, `${Math.round(riseMib)} MiB`, `${Math.round(leftMib)} MiB`];
  rows.push(`| ${[kind, taskName, master, ...figures, `${(afterMs / 1000).toFixed(1)} s`].join(" | ")} |`);
  return { idleMib, riseMib, leftMib };
}

function furtherMib(task: TaskName): number {
  return task === MANY ? FURTHER_COMMAND_MIB * (COMMANDS_AT_ONCE - 1) : 0;
}

async function memoryLeft(
  idleMib: number,
  limitMib: number,
): Promise<{ readonly leftMib: number; readonly afterMs: number }> {
  const startMs = performance.now();
  let leftMib = Number.POSITIVE_INFINITY;
  const isSmall = () => {
    leftMib = Math.min(leftMib, worker.memory().rssMib - idleMib);
    return leftMib <= limitMib;
  };
  await poll("the memory to be given back", isSmall, { deadlineMs: LEFT_WITHIN_MS }).catch(() => {}); // the figure says it
  return { leftMib, afterMs: performance.now() - startMs };
}

function makeFile(name: string, bytes: number): void {
  const path = join(worker.directory, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

function upload(name: string, args: Record<string, JellyValue>): Promise<Task> {
  const writer = new FakeWriter({ forgetful: true });
  const handle = worker.attached.broker.expose(writer.object);
  return transfer(name, { ...args, writer: handle }, () => bytesOf(writer.calls, "write"));
}

async function transfer(name: string, args: Record<string, JellyValue>, seenBytes: () => number): Promise<Task> {
  const command = await worker.start(name, { workdir: "build", maxsize: null, ...args });
  return { command, totalBytes: TRANSFER_BYTES, seenBytes };
}

function bytesOf(calls: readonly unknown[][], method: string): number {
  return calls.filter(([name]) => name === method).reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}
