import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { signalGroup, signalNumber, signalOrKill, signalProcess } from "../../../src/process/tree/signals.ts";
import { isAlive, killRunning } from "../run-program.ts";

const started: number[] = [];
afterEach(() => {
  killRunning(started.splice(0));
});

function start(detached: boolean) {
  const child = spawn("sleep", ["1000"], { detached, stdio: "ignore" });
  const { pid } = child;
  if (pid === undefined) throw new Error("sleep cannot be run");
  started.push(pid);
  return { pid, exited: once(child, "exit") };
}

describe("signals", () => {
  test("are known by their names without SIG, and KILL stands for the unknown", () => {
    expect(["TERM", "INT", "SIGINT", "int", "", "constructor"].map(signalOrKill)).toEqual([
      "SIGTERM",
      "SIGINT",
      "SIGKILL",
      "SIGKILL",
      "SIGKILL",
      "SIGKILL",
    ]);
    expect(signalNumber("SIGKILL")).toBe(9);
  });

  test("go to the group, which is gone then", async () => {
    const { pid, exited } = start(true);
    expect(signalGroup({ pid, reaped: true }, 0)).toBe(true);
    expect(signalGroup({ pid, reaped: false }, "SIGTERM")).toBe(true);
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(signalGroup({ pid, reaped: true }, 0)).toBe(false);
  });

  test("go to the process alone where there is no group", async () => {
    const { pid, exited } = start(false);
    signalGroup({ pid, reaped: false }, "SIGTERM");
    expect(await exited).toEqual([null, "SIGTERM"]);
  });

  test("to a pid that may have been reused are not sent", () => {
    const { pid } = start(false);
    expect(signalGroup({ pid, reaped: true }, "SIGKILL")).toBe(false);
    expect(isAlive(pid)).toBe(true);
  });

  test("to the dead are no error", async () => {
    const { pid, exited } = start(true);
    process.kill(pid, "SIGKILL");
    await exited;
    expect(signalGroup({ pid, reaped: true }, "SIGKILL")).toBe(false);
    expect(signalGroup({ pid, reaped: false }, "SIGKILL")).toBe(false);
    expect(signalProcess(pid, "SIGKILL")).toBe(false);
  });
});
