// A worker that is killed in the moment in which it starts a command, before it knows the command's number.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { killOrphans } from "../../src/process/crash-safety/orphans.ts";
import { isAlive, killRunning, untilGone } from "./run-program.ts";

let directory: string;
const strays: number[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-starting-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  killRunning(strays.splice(0));
});

const dist = (file: string) => JSON.stringify(new URL(`../../dist/process/${file}`, import.meta.url).href);

/** Resolves to the number of the command, once the worker is dead. */
async function killedWhileStarting(also: "with its supervisor" | "alone"): Promise<number> {
  const script = `
    import { writeSync } from "node:fs";
    import { newCookie } from ${dist("tree/command-cookie.js")};
    import { PipePool } from ${dist("spawn/pipe-pool.js")};
    import { childrenOf } from ${dist("tree/process-list.js")};
    import { startRun } from ${dist("run/run.js")};
    import { Supervisor } from ${dist("crash-safety/supervisor.js")};
    import { WorkerSupervision } from ${dist("crash-safety/worker-supervision.js")};
    const clock = { nowMs: () => performance.now(), date: () => new Date(), after: () => ({ cancel() {} }) };
    const directory = process.argv[1];
    const shared = new Supervisor({ clock, controlGroups: "off", onFailure: console.error });
    const supervisor = new WorkerSupervision(shared, { directory, onFailure: console.error });
    const pool = new PipePool({ onFallback: console.error });
    const pipes = {
      spawn(program) {
        const others = childrenOf(process.pid);
        const { child } = pool.spawn(program);
        writeSync(1, String(child.pid));
        if (process.argv[2] !== "alone") for (const pid of others) process.kill(pid, "SIGKILL");
        process.kill(process.pid, "SIGKILL");
        for (;;);
      },
    };
    const nothing = () => {};
    startRun({ argv: ["sleep", "1000"], cwd: "/", env: { PATH: process.env.PATH }, cookie: newCookie(), pipes, supervisor,
      clock, limits: {}, interruptSignal: "KILL", onOutput: nothing, onKill: nothing });
  `;
  const argv = ["--input-type=module", "-e", script, directory, also];
  const worker = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  worker.stdout.on("data", (chunk) => {
    printed += String(chunk);
  });
  await once(worker, "close");
  const pid = Number(printed);
  strays.push(pid);
  expect(pid).toBeGreaterThan(1);
  return pid;
}

test("together with its supervisor: the next start kills the command and names it", async () => {
  const pid = await killedWhileStarting("with its supervisor");
  expect(isAlive(pid)).toBe(true);
  const log: string[] = [];
  await killOrphans({ baseDirectory: directory, log: (text) => log.push(text), clock: systemClock });
  expect(isAlive(pid)).toBe(false);
  expect(log).toEqual([expect.stringContaining(`process ${pid} (sleep)`)]);
  expect(readdirSync(directory)).toEqual([]);
});

test("alone: its supervisor kills the command", async () => {
  const pid = await killedWhileStarting("alone");
  await untilGone(pid);
});
