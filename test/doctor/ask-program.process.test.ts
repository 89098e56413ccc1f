import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { askProgram } from "../../src/doctor/ask-program.ts";
import { lives } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";

function ask(script: string, limitMs = 30_000) {
  return askProgram({ argv: ["sh", "-c", script], environment: process.env, limitMs, clock: systemClock });
}

it("the output and exit code of a program are returned", async () => {
  expect(await ask("echo out; echo err >&2; exit 3")).toMatchObject({
    kind: "ended",
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

it("its input is empty", async () => {
  expect(await ask("cat; echo end")).toMatchObject({ kind: "ended", stdout: "end\n" });
});

it("only the beginning of long output is kept", async () => {
  const answer = await ask("yes | head -c 10000000");
  expect(answer.kind === "ended" ? answer.stdout.length : 0).toBe(16 * 1024);
});

it("a program that does not end is killed with its children", async () => {
  const marker = `sleep 31${process.pid}`;
  expect(await ask(`${marker} & ${marker}`, 300)).toEqual({ kind: "timeout" });
  await poll("its end", () => {
    const list = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
    return !list.some((line) => line.trim().endsWith(marker) && lives(Number.parseInt(line, 10)));
  });
});

it("a missing program is reported with the system's reason", async () => {
  const question = {
    argv: ["no-such-program"],
    environment: { PATH: "/usr/bin" },
    limitMs: 30_000,
    clock: systemClock,
  };
  expect(await askProgram(question)).toEqual({ kind: "not started", reason: "No such file or directory" });
});
