import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { askProgram } from "../../src/doctor/ask-program.ts";
import { lives } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";

function ask(script: string, limitMs = 30_000) {
  return askProgram({ argv: ["sh", "-c", script], environment: process.env, limitMs, clock: systemClock });
}

it("what a program prints and how it ends is told", async () => {
  expect(await ask("echo out; echo err >&2; exit 3")).toMatchObject({
    kind: "ended",
    code: 3,
    printed: "out\n",
    complained: "err\n",
  });
});

it("one that reads has nothing to read", async () => {
  expect(await ask("cat; echo end")).toMatchObject({ kind: "ended", printed: "end\n" });
});

it("a flood is kept in part", async () => {
  const answer = await ask("yes | head -c 10000000");
  expect(answer.kind === "ended" ? answer.printed.length : 0).toBe(16 * 1024);
});

it("one that does not end is killed with what it has started", async () => {
  const marker = `sleep 31${process.pid}`;
  expect(await ask(`${marker} & ${marker}`, 300)).toEqual({ kind: "late" });
  await poll("its end", () => {
    const list = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
    return !list.some((line) => line.trim().endsWith(marker) && lives(Number.parseInt(line, 10)));
  });
});

it("one that is not there is told as the system does", async () => {
  const question = {
    argv: ["no-such-program"],
    environment: { PATH: "/usr/bin" },
    limitMs: 30_000,
    clock: systemClock,
  };
  expect(await askProgram(question)).toEqual({ kind: "not started", reason: "No such file or directory" });
});
