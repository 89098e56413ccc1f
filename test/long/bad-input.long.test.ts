// A hundred thousand files for every command that has to do with directories, and one line of a gigabyte: what comes out,
// how soon a call of the master is answered meanwhile, and how much memory it takes.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AttachedProgram, attachProgram } from "../commands/attached-program.ts";
import { type Installation, install } from "../daemon/worker-program.ts";
import { FakeWriter } from "../support/fake-files.ts";
import { type MeasuredWorker, shellArguments, startMeasuredWorker } from "./measured-worker.ts";

const FILES = 100_000;
const MAKE_FILES = `mkdir d; cd d; seq ${FILES} | xargs touch`;
/** Of 100 calls, 99 are to be answered by then. */
const ANSWER_LIMIT_MS = 50;
/** All names are one message, which one call or two have to wait for, be there ever so few. */
const LATE_ANYHOW = 2;
const CALL_EVERY_MS = 5;
/** How much longer than `rm` alone a removal may take, for the beginning and end of a command on a loaded machine. */
const REMOVAL_OVERHEAD_MS = 2000;

const LINE_BYTES = 1_000_000_000;
/** A longer line is cut into pieces, of which each has a newline in place of its last byte. */
const PIECE_BYTES = 59_999;
const MEMORY_LIMIT_MIB = 64;

/** The files are made and removed by hooks, on a machine that may do other things as well. */
const HOOK_LIMIT_MS = 120_000;

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove(), HOOK_LIMIT_MS);

describe(`${FILES} files`, () => {
  let worker: AttachedProgram;
  let directory: string;
  beforeEach(async () => {
    worker = await attachProgram({ installation });
    directory = worker.builderDirectory;
    execFileSync("/bin/sh", ["-c", MAKE_FILES], { cwd: directory });
  }, HOOK_LIMIT_MS);
  afterEach(() => worker.end());

  /** Runs the command while calls are made, and holds that they are answered soon. */
  async function runWithCalls(...command: Parameters<AttachedProgram["run"]>) {
    const startedMs = performance.now();
    const running = worker.run(...command);
    const progress = { isOver: false };
    void running.finally(() => {
      progress.isOver = true;
    });
    const answersMs: number[] = [];
    while (!progress.isOver) {
      const askedMs = performance.now();
      await worker.attached.call("print", "ping");
      answersMs.push(performance.now() - askedMs);
      await new Promise((resolve) => setTimeout(resolve, CALL_EVERY_MS));
    }
    const report = await running;
    expect(report.completions).toBe(1);
    expect(report.value("rc")).toBe(0);
    const tookMs = performance.now() - startedMs;
    const slowestMs = answersMs.sort((a, b) => b - a).slice(0, Math.max(LATE_ANYHOW, answersMs.length * 0.01) + 1);
    const [name] = command;
    const [worstMs = 0, nextMs = 0] = slowestMs;
    console.log(
      `${name}: ${tookMs.toFixed(0)} ms; ${answersMs.length} calls, the slowest ${worstMs.toFixed(1)} ms, then ${nextMs.toFixed(1)} ms, 99 of 100 up to ${slowestMs.at(-1)?.toFixed(1)} ms`,
    );
    expect(slowestMs.at(-1)).toBeLessThan(ANSWER_LIMIT_MS);
    return { report, tookMs };
  }

  it("are listed", async () => {
    const { report } = await runWithCalls("listdir", { dir: "d" });
    expect(new Set(report.value("files") as string[]).size).toBe(FILES);
  });

  it("are found", async () => {
    const { report } = await runWithCalls("glob", { path: "d/*[05]" });
    expect(report.value("files")).toHaveLength(FILES / 5);
  });

  it("are uploaded", async () => {
    const writer = new FakeWriter({ forgetful: true });
    const args = { workdir: "", workersrc: "d", maxsize: null, blocksize: 16_384, compress: null };
    await runWithCalls("uploadDirectory", args, { writer });
    expect(writer.calls.at(-1)).toEqual(["unpack"]);
  });

  it("are copied, and removed hardly slower than by rm alone", async () => {
    const copied = await runWithCalls("cpdir", { fromdir: "d", todir: "copy", logEnviron: false });
    expect(copied.report.text("stdout").match(/\n/g)).toHaveLength(FILES + 1);
    const startedMs = performance.now();
    execFileSync("rm", ["-rf", join(directory, "copy")]);
    const aloneMs = performance.now() - startedMs;
    const removed = await runWithCalls("rmdir", { dir: "d", logEnviron: false });
    expect(existsSync(join(directory, "d"))).toBe(false);
    expect(removed.tookMs).toBeLessThan(2 * aloneMs + REMOVAL_OVERHEAD_MS);
  });
});

describe("a line of a gigabyte", () => {
  let worker: MeasuredWorker;
  beforeEach(async () => {
    worker = await startMeasuredWorker(installation);
  });
  afterEach(() => worker.end());

  it("arrives with every byte, in bounded memory", async () => {
    const { rssMib: idleMib } = worker.memory();
    worker.resetPeak();
    const line = `head -c ${LINE_BYTES} /dev/zero | tr '\\000' x`;
    const command = await worker.start("shell", shellArguments("build", line));
    expect(await command.completed).toBe(0);
    expect(command.stdoutBytes).toBe(LINE_BYTES + Math.ceil(LINE_BYTES / PIECE_BYTES));
    const { peakMib } = worker.memory();
    console.log(`a line of ${LINE_BYTES} bytes: ${(peakMib - idleMib).toFixed(1)} MiB above ${idleMib} MiB`);
    expect(peakMib - idleMib).toBeLessThan(MEMORY_LIMIT_MIB);
  });
});
