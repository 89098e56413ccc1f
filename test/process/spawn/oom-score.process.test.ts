import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { raiseOomScore } from "../../../src/process/spawn/oom-score.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { watchRun } from "../run-program.ts";

const pipes = new PipePool({ onFallback: () => {} });
afterAll(() => pipes.close());

const adjustmentOf = (pid: number | "self") => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "latin1"));

test("the kernel is to end a command rather than the worker, and what the command starts as well", async () => {
  const { run, outcome, untilPrinted, printed } = watchRun(
    pipes,
    ["sh", "-c", "read go; sleep 1000 & echo pid $!; wait"],
    {
      stdin: Buffer.from("go\n"),
    },
  );
  const expected = Math.min(adjustmentOf("self") + 300, 1000);
  expect(adjustmentOf(run.pid ?? 0)).toBe(expected);
  await untilPrinted("\n");
  expect(adjustmentOf(Number(/pid (\d+)/.exec(`${printed("stdout")}`)?.[1]))).toBe(expected);
  run.kill();
  await outcome;
});

test("a process that is gone already is no error", () => {
  expect(() => raiseOomScore(99_999_999)).not.toThrow();
});
