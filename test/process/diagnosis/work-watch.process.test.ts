import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { watchWork } from "../../../src/process/diagnosis/work-watch.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";

/** A fourth of the time of silence. */
const INTERVAL_MS = 250;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A shell that answers a line with a line, and is stopped in between. */
async function startStopped(): Promise<{ readonly pid: number; work: () => Promise<void> }> {
  const child = spawn("/bin/sh", ["-c", "while read line; do echo $line; done"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const pid = child.pid!;
  const stop = async () => {
    child.kill("SIGSTOP");
    await poll("the shell to stop", () => /\) T /.test(readFileSync(`/proc/${pid}/stat`, "latin1")));
  };
  const work = async () => {
    child.kill("SIGCONT");
    child.stdin.write("x\n");
    await once(child.stdout, "data");
    await stop();
  };
  await work();
  return { pid, work };
}

describe("watching the work of a process", () => {
  it("sees at each look whether it has worked since the last", async () => {
    const { pid, work } = await startStopped();
    const clock = new ManualClock();
    let seen = 0;
    const watch = watchWork({ pid, clock, idleTimeoutMs: 1000, onWork: () => (seen += 1) });
    clock.advance(INTERVAL_MS * 10);
    expect(seen).toBe(0);
    await work();
    clock.advance(INTERVAL_MS - 1);
    expect(seen).toBe(0);
    clock.advance(1);
    expect(seen).toBe(1);
    clock.advance(INTERVAL_MS * 10);
    expect(seen).toBe(1);
    await work();
    watch.cancel();
    clock.advance(INTERVAL_MS * 10);
    expect(seen).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  it("sees no work where there is no process", () => {
    const clock = new ManualClock();
    let seen = 0;
    const watch = watchWork({ pid: 2 ** 30, clock, idleTimeoutMs: 1000, onWork: () => (seen += 1) });
    clock.advance(10_000);
    watch.cancel();
    expect(seen).toBe(0);
  });

  it("looks every few seconds, however long the time of silence is", () => {
    const clock = new ManualClock();
    let seen = 0;
    const watch = watchWork({ pid: process.pid, clock, idleTimeoutMs: 1e9, onWork: () => (seen += 1) });
    const workOfOurs = () => readFileSync("/proc/self/schedstat", "latin1");
    const before = workOfOurs();
    while (workOfOurs() === before);
    clock.advance(5000);
    watch.cancel();
    expect(seen).toBe(1);
  });
});
