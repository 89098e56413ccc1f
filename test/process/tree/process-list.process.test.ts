import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import {
  allPids,
  isStillThere,
  lastPid,
  namesOf,
  pidsSince,
  readProcess,
  startTicksOf,
} from "../../../src/process/tree/process-list.ts";
import { poll } from "../../support/poll.ts";
import { processState } from "../run-program.ts";

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) process.kill(pid, "SIGKILL");
});

test("a process is listed with its parent, its session and its program", () => {
  const { pid = 0 } = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  started.push(pid);
  expect(allPids()).toContain(pid);
  const listed = readProcess(pid);
  expect(listed).toMatchObject({
    pid,
    program: "sleep",
    parent: process.pid,
    group: pid,
    session: pid,
    startTicks: expect.any(Number),
  });
  expect(listed).not.toHaveProperty("isEnding");
  expect(listed).not.toHaveProperty("hangs");
  expect(startTicksOf(pid)).toBe(listed?.startTicks);
});

test("a process whose number is another's by now is not there any more", () => {
  const self = readProcess(process.pid);
  if (self === undefined) throw new Error("this process is not listed");
  expect(isStillThere(self)).toBe(true);
  expect(isStillThere({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
});

test("a zombie does not run, and is known by its start all the same", async () => {
  // The child is not waited for, since the shell became sleep before it ended.
  const child = "until grep -q sleep /proc/$PPID/comm; do :; done";
  const parent = spawn("sh", ["-c", `sh -c '${child}' & echo $!; exec sleep 1000`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(parent.pid ?? 0);
  const [line] = await once(parent.stdout, "data");
  const zombie = Number(String(line));
  await poll("the child to end", () => processState(zombie) === "Z");
  expect(readProcess(zombie)).toBeUndefined();
  expect(startTicksOf(zombie)).toEqual(expect.any(Number));
});

test("a process that began with a thread that is gone runs as long as the others do", async () => {
  // The thread calls exit (60 on x86-64, 93 on arm64), not exit_group; without Python there is nobody who would.
  const script =
    "import ctypes, platform, threading, time\n" +
    "threading.Thread(target=lambda: time.sleep(1000)).start()\n" +
    "ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)";
  const { pid = 0 } = spawn("python3", ["-c", script], { stdio: "ignore" }).on("error", () => {});
  if (pid === 0) return console.warn("left out, since python3 cannot be run: a first thread that is gone");
  started.push(pid);
  await poll("the first thread to end", () => processState(pid) === "Z");
  expect(readProcess(pid)).toMatchObject({ pid });
});

test("what began since a process did is found, and no thread is taken for it", async () => {
  const first = spawn("sleep", ["1000"], { stdio: "ignore" }).pid ?? 0;
  const thread = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
  await once(thread, "online");
  const second = spawn("sleep", ["1000"], { stdio: "ignore" }).pid ?? 0;
  started.push(first, second);
  const pids = pidsSince(first);
  expect(pids).toContain(second);
  expect(pids).not.toContain(first);
  expect(pids.filter((pid) => existsSync(`/proc/self/task/${pid}`))).toEqual([]);
  await thread.terminate();
});

test("where the numbers have begun again, all processes may have begun since", () => {
  expect(lastPid()).toBeGreaterThan(0);
  const pids = pidsSince(Number.MAX_SAFE_INTEGER);
  expect(pids).toEqual(expect.arrayContaining([process.pid]));
});

test("a thread of the kernel's own is no process", () => {
  const kernels = allPids().filter((pid) => startTicksOf(pid) !== undefined && isKernels(pid));
  expect(kernels.map(readProcess).filter(Boolean)).toEqual([]);
});

test("processes are named for people, ten at most", () => {
  const one = { pid: 12, program: "a (b)\n", parent: 1, group: 12, session: 12, startTicks: 5 };
  expect(namesOf([one, { ...one, pid: 13, program: "sh" }])).toBe("process 12 (a (b)?), process 13 (sh)");
  expect(namesOf(Array.from({ length: 12 }, () => one))).toMatch(/^(process 12 \(a \(b\)\?\), ){10}2 more$/);
});

/** It has no memory of its own, and no zombie's state; a container may show none. */
function isKernels(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`) && /^Kthread:\s*1$/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
}
