// The system's clock beside what arrives from other processes.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";

test("a timer that falls due while this process stands still fires after what arrived meanwhile was read", async () => {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-clock-"));
  const child = spawn("sh", ["-c", "read line; echo answer; : >done"], {
    cwd: directory,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const order: string[] = [];
  child.stdout.once("data", () => order.push("answer"));
  await once(child, "spawn");
  const fired = new Promise<void>((resolve) => {
    systemClock.after(10, () => resolve(void order.push("timer")));
  });
  child.stdin.end("question\n");
  execFileSync("sh", ["-c", "until test -e done; do sleep 0.02; done"], { cwd: directory });
  await fired;
  expect(order).toEqual(["answer", "timer"]);
  rmSync(directory, { recursive: true });
});

test("a timer that has fallen due can still be cancelled by another that fires before it", async () => {
  let fired = false;
  await new Promise<void>((over) => {
    systemClock.after(0, () => {
      second.cancel();
      setImmediate(over);
    });
    const second = systemClock.after(0, () => {
      fired = true;
    });
  });
  expect(fired).toBe(false);
});
