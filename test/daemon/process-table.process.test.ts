// The process table, with real processes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { catches, isAlive, startedAtMs, worksIn } from "../../src/daemon/process-table.ts";
import { startTicksOf } from "../../src/process/tree/index.ts";
import { poll } from "../support/poll.ts";

/** Linux has no pids from 2^22 on. */
const NOBODYS_PID = 2 ** 22 + 1;

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

function start(command: readonly [string, ...string[]], cwd = "/"): ChildProcess & { readonly pid: number } {
  const [file, ...args] = command;
  const child = spawn(file, args, { cwd, stdio: ["pipe", "pipe", "ignore"] });
  children.push(child);
  return child as ChildProcess & { readonly pid: number };
}

describe("a process", () => {
  it.skipIf(process.platform !== "linux")("has handlers for some signals and not for others", async () => {
    const child = start(["sh", "-c", "trap : USR2; echo ready; read -r _"]);
    await once(child.stdout!, "data");
    expect([catches(child.pid, "SIGUSR2"), catches(child.pid, "SIGUSR1")]).toEqual([true, false]);
    expect(catches(NOBODYS_PID, "SIGUSR2")).toBeUndefined();
  });

  it("is alive until it ends, and its pid is nobody's then", async () => {
    const child = start(["sleep", "1000"]);
    expect(isAlive(child.pid)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect([isAlive(child.pid), startTicksOf(child.pid), startedAtMs(child.pid)]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    expect(worksIn(child.pid, "/")).toBeUndefined();
  });

  it("is dead when it has ended and nobody has reaped it", async () => {
    // sleep, which replaces the shell, does not know the child that it has, and that waits for a line.
    const parent = start(["sh", "-c", "exec 3<&0; read line <&3 & echo $!; exec sleep 1000"]);
    const [line] = (await once(parent.stdout!.setEncoding("utf8"), "data")) as [string];
    const pid = Number(line);
    await poll("the shell to be sleep", () => readFileSync(`/proc/${parent.pid}/comm`, "latin1") === "sleep\n");
    parent.stdin!.write("end\n");
    await poll("the child to end", () => readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z "));
    process.kill(pid, 0);
    expect(isAlive(pid)).toBe(false);
  });

  it("is alive if it belongs to another user", () => {
    expect(isAlive(1)).toBe(true);
  });

  it("is not there under a number that no process can have", () => {
    expect([isAlive(NOBODYS_PID), startedAtMs(NOBODYS_PID), worksIn(NOBODYS_PID, "/")]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });

  it("has a start time, whatever its name", () => {
    const directory = mkdtempSync(join(tmpdir(), "buildhand-process-"));
    try {
      const name = join(directory, "a) Z 1 (b");
      symlinkSync("/bin/sleep", name);
      const beforeMs = Date.now();
      const child = start([name, "1000"]);
      const afterMs = Date.now();
      expect(readFileSync(`/proc/${child.pid}/stat`, "latin1")).toContain("(a) Z 1 (b) ");
      expect(isAlive(child.pid)).toBe(true);
      expect(startedAtMs(child.pid)).toBeGreaterThan(beforeMs - 2000);
      expect(startedAtMs(child.pid)).toBeLessThan(afterMs + 2000);
      expect(startTicksOf(child.pid)).toBeGreaterThanOrEqual(startTicksOf(process.pid)!);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("works in its working directory, by whatever path that is reached", () => {
    const directory = mkdtempSync(join(tmpdir(), "buildhand-process-"));
    try {
      const link = join(directory, "link");
      symlinkSync(directory, link);
      const child = start(["sleep", "1000"], directory);
      expect([worksIn(child.pid, directory), worksIn(child.pid, link), worksIn(child.pid, "/")]).toEqual([
        true,
        true,
        false,
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
