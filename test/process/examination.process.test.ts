// That a run whose time is up is looked at before it is signalled.
import { afterAll, describe, expect, test } from "vitest";
import type { ExaminedTree } from "../../src/process/diagnosis/tree-report.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { allPids, readProcess } from "../../src/process/tree/process-list.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { isAlive, pushUntilOver, watchRun } from "./run-program.ts";

const pipes = new PipePool({ onFallback: () => {} });
afterAll(() => pipes.close());

const script = "trap 'echo asked' TERM; sleep 1000 & wait; exit 3";
/** The child is the program, and not a shell that is about to become it. */
const isSleeping = (parent: number) =>
  allPids().some((pid) => readProcess(pid)?.program === "sleep" && readProcess(pid)?.parent === parent);

describe("a run whose time is over", () => {
  test("is looked at once, before any signal, while all of it lives", async () => {
    const seen: ExaminedTree[] = [];
    const alive: boolean[] = [];
    const clock = new ManualClock();
    const { run, outcome, printed } = watchRun(pipes, ["sh", "-c", script], {
      clock,
      limits: { maxTimeMs: 300, sigtermGraceMs: 20_000 },
      onExamined(tree) {
        seen.push(tree);
        alive.push(...tree.processes.map(({ pid }) => isAlive(pid)), printed("stdout").length === 0);
      },
    });
    await poll("the child", () => isSleeping(run.pid!));
    clock.advance(300);
    expect(await pushUntilOver(clock, outcome)).toMatchObject({ type: "exited", code: 3, killedFor: "max-time" });
    expect(seen.map(({ processes }) => processes.map(({ argv }) => argv))).toEqual([
      [
        ["sh", "-c", script],
        ["sleep", "1000"],
      ],
    ]);
    expect(seen[0]?.processes.map(({ pid, parent }) => [pid, parent])[0]).toEqual([run.pid, process.pid]);
    expect(alive).toEqual([true, true, true]);
    expect(`${printed("stdout")}`).toBe("asked\n");
  });

  test("is killed without another look when it is to be killed at once meanwhile", async () => {
    let lookCount = 0;
    const { run, outcome } = watchRun(pipes, ["sleep", "1000"], {
      limits: { idleTimeoutMs: 50, sigtermGraceMs: 60_000 },
      // As soon as it is being looked at, which takes longer than this.
      onKill: () => queueMicrotask(() => run.kill()),
      onExamined: () => {
        lookCount += 1;
      },
    });
    expect(await outcome).toMatchObject({ type: "signaled", signal: "SIGKILL", killedFor: "idle-timeout" });
    expect(lookCount).toBe(0);
  });

  test("that ends by itself meanwhile has its own end", async () => {
    const clock = new ManualClock();
    const script = "trap 'exit 5' USR1; echo ready; while :; do sleep 0.05; done";
    const { run, outcome, untilPrinted } = watchRun(pipes, ["sh", "-c", script], {
      clock,
      limits: { idleTimeoutMs: 300 },
      onKill: () => void process.kill(run.pid!, "SIGUSR1"),
      // Long after the signal, so that it is gone when it is its turn to be killed.
      onExamined() {
        const end = performance.now() + 10_000;
        while (isAlive(run.pid ?? 0) && performance.now() < end);
      },
    });
    await untilPrinted("ready");
    clock.advance(300);
    expect(await pushUntilOver(clock, outcome)).toMatchObject({ type: "exited", code: 5, killedFor: "idle-timeout" });
  });
});

test("a run that is interrupted is not looked at", async () => {
  let lookCount = 0;
  const { run, outcome } = watchRun(pipes, ["sleep", "1000"], {
    onExamined: () => {
      lookCount += 1;
    },
  });
  run.interrupt("interrupted");
  expect(await outcome).toMatchObject({ type: "signaled", killedFor: "interrupted" });
  expect(lookCount).toBe(0);
});
