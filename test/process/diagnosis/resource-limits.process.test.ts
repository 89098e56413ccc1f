// The limits of real processes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { limitsOf, watchLimits } from "../../../src/process/diagnosis/resource-limits.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A shell that runs the line, and another one for each line that it is given. */
async function shell(line: string) {
  const child = spawn("sh", ["-c", `${line}; echo done; while read -r next; do eval "$next"; echo done; done`]);
  children.push(child);
  await once(child.stdout, "data");
  const next = async (another: string) => {
    child.stdin.write(`${another}\n`);
    await once(child.stdout, "data");
  };
  return { child, pid: child.pid!, next };
}

test("are those that it has set itself", async () => {
  const { pid } = await shell("ulimit -t 600; ulimit -v 2000000");
  expect(limitsOf(pid)).toEqual({ cpuSeconds: 600, addressSpaceKib: 2_000_000 });
});

test("of a process that is gone are not known", async () => {
  const { child, pid } = await shell(":");
  child.stdin.end();
  await once(child, "exit");
  expect(limitsOf(pid)).toBeUndefined();
});

test("are watched while it runs, and known when it is gone", async () => {
  const clock = new ManualClock();
  const { child, pid, next } = await shell(":");
  const watch = watchLimits(pid, clock);
  clock.advance(1000);
  await next("ulimit -t 600");
  clock.advance(5000);
  child.stdin.end();
  await once(child, "exit");
  clock.advance(5000);
  expect(watch.seen()?.cpuSeconds).toBe(600);
  watch.cancel();
  expect(clock.timerCount).toBe(0);
});

test("of one that ended before the first look are those of this process, which it inherited", () => {
  const watch = watchLimits(process.pid, new ManualClock());
  watch.cancel();
  expect(watch.seen()).toEqual(limitsOf(process.pid));
});
