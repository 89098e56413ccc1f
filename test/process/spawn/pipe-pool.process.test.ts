import { closeSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isAtEnd, makePipes, openEnd } from "../../../src/process/spawn/kernel-pipes.ts";
import { FIRST_RETRY_DELAY_MS, LONGEST_RETRY_DELAY_MS, PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { isAlive, runProgram } from "../run-program.ts";

const refuse = (): never => {
  throw new Error("no pipes here");
};

describe("pipes", () => {
  test("are anonymous pipes, each another", () => {
    const pipes = makePipes(5);
    const targets = pipes.map((pipe) => readlinkSync(`/proc/self/fd/${pipe}`));
    expect(new Set(targets).size).toBe(5);
    expect(targets.every((target) => /^pipe:\[\d+\]$/.test(target))).toBe(true);
    for (const pipe of pipes) closeSync(pipe);
  });

  test("are at their end once nobody can write to them and all was read or dropped", async () => {
    const [pipe = -1] = makePipes(1);
    await poll("the shell that made it to end", () => isAtEnd(pipe));
    const ours = openEnd(pipe, "ours", "read");
    const childs = openEnd(pipe, "child", "write");
    expect(isAtEnd(pipe)).toBe(false);
    writeSync(childs, "text");
    closeSync(childs);
    expect(isAtEnd(pipe)).toBe(false);
    closeSync(ours);
    // A stage of the shell's pipeline may have the reading end still; with it goes what nobody read.
    await poll("the text to be dropped", () => isAtEnd(pipe));
    const input = openEnd(pipe, "child", "read");
    expect(isAtEnd(pipe)).toBe(true);
    closeSync(input);
    closeSync(pipe);
  });
});

describe("a pool", () => {
  test("serves many runs with one batch of pipes", async () => {
    let batches = 0;
    const pool = new PipePool({
      onFallback: expect.unreachable,
      makePipes: (count) => {
        batches += 1;
        return makePipes(count);
      },
    });
    for (let i = 0; i < 15; i += 1) await runProgram(pool, ["true"]);
    expect(batches).toBe(1);
    pool.close();
  });

  test.each([
    ["given", Buffer.from("first\n")],
    ["none", undefined],
  ])("keeps later input from a left-over process that goes on reading: %s", async (_input, stdin) => {
    const pool = new PipePool({ onFallback: expect.unreachable });
    const reader = "while :; do cat; sleep 0.01; done <&4 >/dev/null 2>&1 & echo $!";
    const { stdout } = await runProgram(pool, ["sh", "-c", `exec 4<&0; ${reader}`], { stdin });
    const left = Number.parseInt(stdout, 10);
    for (let i = 0; i < 15; i += 1) {
      expect((await runProgram(pool, ["cat"], { stdin: Buffer.from(`${i}`) })).stdout).toBe(`${i}`);
    }
    expect(isAlive(left)).toBe(true);
    process.kill(left, "SIGKILL");
    pool.close();
  });

  test("keeps a bounded number of descriptors and closes them all", async () => {
    const before = readdirSync("/proc/self/fd").length;
    const pool = new PipePool({ onFallback: expect.unreachable });
    await Promise.all(Array.from({ length: 25 }, () => runProgram(pool, ["true"])));
    expect(readdirSync("/proc/self/fd").length - before).toBeLessThanOrEqual(48);
    pool.close();
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
  });

  test("without pipes runs children on what Node has, and says so once", async () => {
    const reasons: string[] = [];
    const pool = new PipePool({ onFallback: (reason) => reasons.push(reason), makePipes: refuse });
    for (let i = 0; i < 5; i += 1) {
      const { stdout, stderr } = await runProgram(pool, ["sh", "-c", "cat; echo err >&2"], {
        stdin: Buffer.from("in"),
      });
      expect([stdout, stderr]).toEqual(["in", "err\n"]);
    }
    expect((await runProgram(pool, ["cat"])).stdout).toBe("");
    expect((await runProgram(pool, ["no-such-program"])).outcome.type).toBe("start-failed");
    expect(reasons).toEqual(["no pipes here"]);
  });

  test("tries again, with a pause that grows up to a limit, and says each time when pipes fail and when they are back", async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    let attempts = 0;
    let isShort = true;
    const pool = new PipePool({
      clock,
      onFallback: (reason) => told.push(reason),
      onRecovery: () => told.push("back"),
      makePipes: (count) => {
        attempts += 1;
        return isShort ? refuse() : makePipes(count);
      },
    });
    const toStdout = () => runProgram(pool, ["sh", "-c", "echo out > /dev/stdout"]);
    let longestMs = FIRST_RETRY_DELAY_MS;
    for (; longestMs < LONGEST_RETRY_DELAY_MS; longestMs *= 2) {
      await toStdout();
      const before = attempts;
      clock.advance(longestMs - 1);
      await toStdout();
      expect(attempts).toBe(before);
      clock.advance(1);
    }
    await toStdout();
    isShort = false;
    clock.advance(LONGEST_RETRY_DELAY_MS);
    expect((await toStdout()).stdout).toBe("out\n");
    expect(told).toEqual(["no pipes here", "back"]);
    pool.close();
  });
});
