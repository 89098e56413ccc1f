// A start after a worker that was killed together with its supervisor.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { killOrphans } from "../../../src/process/crash-safety/orphans.ts";
import { ownerHere, RECORD_PREFIX } from "../../../src/process/crash-safety/running-record.ts";
import {
  endedLine,
  type SupervisedCommand,
  startedLine,
} from "../../../src/process/crash-safety/supervised-command.ts";
import { COOKIE_NAME, newCookie } from "../../../src/process/tree/command-cookie.ts";
import { startTicksOf } from "../../../src/process/tree/process-list.ts";
import { isAlive, killRunning, untilGone } from "../run-program.ts";

let directory: string;
const log: string[] = [];
const strays: number[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-orphans-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  log.splice(0);
  killRunning(strays.splice(0));
});

interface Started {
  readonly command: SupervisedCommand;
  /** Of the one that the script prints. */
  readonly pid: number;
}

async function startCommand(script: string, cookie = newCookie()): Promise<Started> {
  const child = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], [COOKIE_NAME]: cookie },
  });
  const leaderPid = child.pid!;
  const startTicks = startTicksOf(leaderPid);
  const [line] = await once(child.stdout, "data");
  const pid = Number(String(line));
  strays.push(leaderPid, pid);
  return { pid, command: { leaderPid, startTicks, cookie } };
}

const DAEMON = "(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' &)";

/** A worker that has lived, and what it would have written. */
async function writeRecord(lines: string, owner: Partial<ReturnType<typeof ownerHere>> = {}): Promise<number> {
  const worker = spawn("true", { stdio: "ignore" });
  const startTicks = startTicksOf(worker.pid ?? 0);
  await once(worker, "exit");
  const { pid, startTicks: ticks, world } = { ...ownerHere(), pid: worker.pid, startTicks, ...owner };
  writeFileSync(join(directory, `${RECORD_PREFIX}${pid}`), `worker ${pid} ${ticks} ${world}\n${lines}`);
  return pid ?? 0;
}

const search = () => killOrphans({ baseDirectory: directory, log: (text) => log.push(text), clock: systemClock });

describe("a start kills the commands of a dead worker", () => {
  test("with the daemons that they started, and names them in one line", async () => {
    const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
    const worker = await writeRecord(startedLine(command));
    await search();
    expect([command.leaderPid, pid].map(isAlive)).toEqual([false, false]);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(`killing the commands of worker process ${worker}, which was killed: process `);
    expect(log[0]).toContain(`process ${pid} (`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("without their names, where these may be secret", async () => {
    const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
    await writeRecord(startedLine({ ...command, hidesNames: true }));
    await search();
    expect(isAlive(pid)).toBe(false);
    expect(log[0]).toContain(`process ${pid} (***)`);
    expect(log[0]).not.toMatch(/sleep|sh\)/);
  });
});

describe("a start spares", () => {
  test("leftover processes of an ended command", async () => {
    const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
    await writeRecord(startedLine(command) + endedLine(command));
    await search();
    expect([command.leaderPid, pid].map(isAlive)).toEqual([true, true]);
    expect(log).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("the commands of a running worker", async () => {
    const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
    await writeRecord(startedLine(command), ownerHere());
    await search();
    expect([command.leaderPid, pid].map(isAlive)).toEqual([true, true]);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test("commands of another boot or namespace, whose pids mean nothing here", async () => {
    const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
    await writeRecord(startedLine(command), { world: "another/pid:[1]" });
    await search();
    expect([command.leaderPid, pid].map(isAlive)).toEqual([true, true]);
  });

  test("the record of a worker that may run elsewhere, unless it was not written for a long time", async () => {
    const elsewhere = { world: "another/pid:[1]" };
    await writeRecord("", elsewhere);
    await search();
    const [name = ""] = readdirSync(directory);
    expect(name).toContain(RECORD_PREFIX);
    const day = 24 * 3600;
    for (const [days, stays] of [
      [6, true],
      [8, false],
    ] as const) {
      const then = Date.now() / 1000 - days * day;
      utimesSync(join(directory, name), then, then);
      await search();
      expect(readdirSync(directory)).toEqual(stays ? [name] : []);
    }
  });

  test("files that are not records, and never blocks on one", async () => {
    writeFileSync(join(directory, `${RECORD_PREFIX}1`), "anything");
    symlinkSync("/etc/passwd", join(directory, `${RECORD_PREFIX}2`));
    execFileSync("mkfifo", [join(directory, `${RECORD_PREFIX}3`)]);
    await search();
    expect(readdirSync(directory)).toHaveLength(3);
    await killOrphans({ baseDirectory: join(directory, "none"), log: (text) => log.push(text), clock: systemClock });
    expect(log).toEqual([]);
  });
});

test("a worker that was killed but not reaped counts as dead", async () => {
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(parent.stdout, "data");
  const worker = Number(String(line));
  strays.push(parent.pid ?? 0, worker);
  const startTicks = startTicksOf(worker);
  const { command, pid } = await startCommand(`${DAEMON}; exec sleep 1000`);
  await writeRecord(startedLine(command), { pid: worker, startTicks });
  process.kill(worker, "SIGKILL");
  await untilGone(worker);
  await search();
  expect([command.leaderPid, pid].map(isAlive)).toEqual([false, false]);
});
