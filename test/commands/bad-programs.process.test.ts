// Programs that misbehave, as people see them: what `shell` tells, and that nothing of them is left.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Float } from "../../src/base/python-values.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { withNewlines } from "../output/reference.ts";
import type { CommandReport } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { attachWorker, type CommandWorker } from "./attached-worker.ts";

/** In the environment of all that a test starts. */
const MARK = `BUILDHAND_TEST_MARK=${process.pid}`;
const RANDOM_BYTES = 1_000_000;
/** Twice as many at each generation. */
const GENERATIONS = 6;

let worker: CommandWorker;
beforeEach(async () => {
  worker = await attachWorker();
});
afterEach(() => worker.end());

function shell(command: string, args: Record<string, JellyValue> = {}): Promise<CommandReport> {
  const [name = "", value = ""] = MARK.split("=");
  const env = new Map<JellyValue, JellyValue>([[name, value]]);
  return worker.start("shell", { workdir: ".", command, env, logEnviron: false, ...args });
}

/** How many processes that run carry the mark. */
function leftRunning(): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isMarked(name)).length;
}

function isMarked(pid: string): boolean {
  try {
    const isZombie = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return !isZombie && readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(MARK);
  } catch {
    return false; // it is gone, or another user's
  }
}

async function ended(report: CommandReport): Promise<CommandReport> {
  expect(await report.completed).toBeNull();
  expect(report.completions).toBe(1);
  return report;
}

describe("a program that prints random bytes", () => {
  it("loses none of them but what is no text", async () => {
    const bytes = randomBytes(RANDOM_BYTES);
    writeFileSync(join(worker.builderDirectory, "bytes"), bytes);
    const report = await ended(await shell("cat bytes"));
    expect(report.value("rc")).toBe(0);
    const text = withNewlines(bytes.toString("utf8"));
    const expected = text.endsWith("\n") ? text : `${text}\n`;
    // Not compared by the test's own means, which would show a megabyte of differences.
    expect(report.text("stdout") === expected).toBe(true);
  });
});

describe("a program that ignores every signal", () => {
  const stubborn = "trap '' HUP INT QUIT TERM USR1 USR2; echo ready; while :; do sleep 0.05; done";

  const interrupts = [
    ["when its time after SIGTERM is over", { sigtermTime: new Float(0.1), interruptSignal: "KILL" }],
    ["after a while, though the master asks for another signal", { sigtermTime: null, interruptSignal: "TERM" }],
  ] as const;
  it.each(rowsOf(interrupts, (_interrupt, index) => index === 0))("is killed %s", async (_when, args) => {
    const report = await shell(stubborn, args);
    await report.printed("stdout", "ready");
    await worker.interrupt(report);
    await report.completed;
    expect(report.completions).toBe(1);
    expect(report.value("rc")).toBe(-1);
    await poll("all of it to be gone", () => leftRunning() === 0);
  });

  it("is killed when it takes too long", async () => {
    const report = await ended(await shell(stubborn, { maxTime: new Float(0.5) }));
    expect([report.value("rc"), report.value("failure_reason")]).toEqual([-1, "timeout"]);
    expect(leftRunning()).toBe(0);
  });
});

describe("a program that is stopped", () => {
  it("is killed when it has been silent too long", async () => {
    const report = await ended(await shell("kill -STOP $$; echo never", { timeout: new Float(0.5) }));
    expect([report.value("rc"), report.value("failure_reason")]).toEqual([-1, "timeout_without_output"]);
    expect(report.text("stdout")).toBe("");
    expect(leftRunning()).toBe(0);
  });

  it("is killed by an interruption, with a stopped child of its own", async () => {
    const report = await shell("sh -c 'kill -STOP $$; sleep 1000' & echo ready; kill -STOP $$");
    await report.printed("stdout", "ready");
    await worker.interrupt(report);
    expect((await ended(report)).value("rc")).toBe(-1);
    expect(leftRunning()).toBe(0);
  });
});

describe("a storm of forks", () => {
  it("is over, and nothing of it runs, when the command was interrupted in the middle of it", async () => {
    const script = `#!/bin/sh
      if [ "$1" -eq 0 ]; then echo leaf; exec sleep 1000; fi
      sh storm $(($1 - 1)) & sh storm $(($1 - 1)) & wait`;
    writeFileSync(join(worker.builderDirectory, "storm"), script);
    const report = await shell(`exec sh storm ${GENERATIONS}`);
    await report.printed("stdout", "leaf");
    await worker.interrupt(report);
    expect((await ended(report)).value("rc")).toBe(-1);
    expect(leftRunning()).toBe(0);
  });
});

/** The same at every run. */
function randomBytes(length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let size = 0; size < length; size += 64) {
    blocks.push(createHash("sha512").update(`block ${size}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
