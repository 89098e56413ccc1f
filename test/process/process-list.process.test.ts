import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { isStillThere, listProcesses, namesOf, readProcess, startTicksOf } from "../../src/process/process-list.ts";
import { eventually, processState } from "./run-program.ts";

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) process.kill(pid, "SIGKILL");
});

test("a process is listed with its parent, its session and its program", () => {
  const { pid = 0 } = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  started.push(pid);
  const listed = listProcesses()?.get(pid);
  expect(listed).toEqual({
    pid,
    program: "sleep",
    parent: process.pid,
    group: pid,
    session: pid,
    startTicks: expect.any(Number),
  });
  expect(listed).toEqual(readProcess(pid));
  expect(startTicksOf(pid)).toBe(listed?.startTicks);
});

test("a process whose number is another's by now is not there any more", () => {
  const self = readProcess(process.pid);
  if (self === undefined) throw new Error("this process is not listed");
  expect(isStillThere(self)).toBe(true);
  expect(isStillThere({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
});

test("a zombie does not run, and is known by its start all the same", async () => {
  // The shell's child is not waited for, since the shell became sleep.
  const parent = spawn("sh", ["-c", "true & echo $!; exec sleep 1000"], { stdio: ["ignore", "pipe", "ignore"] });
  started.push(parent.pid ?? 0);
  const [line] = await once(parent.stdout, "data");
  const zombie = Number(String(line));
  await eventually(() => processState(zombie) === "Z");
  expect(readProcess(zombie)).toBeUndefined();
  expect(listProcesses()?.has(zombie)).toBe(false);
  expect(startTicksOf(zombie)).toEqual(expect.any(Number));
});

test("processes are named for people, ten at most", () => {
  const one = { pid: 12, program: "a (b)\n", parent: 1, group: 12, session: 12, startTicks: 5 };
  expect(namesOf([one, { ...one, pid: 13, program: "sh" }])).toBe("process 12 (a (b)?), process 13 (sh)");
  expect(namesOf(Array.from({ length: 12 }, () => one))).toMatch(/^(process 12 \(a \(b\)\?\), ){10}2 more$/);
});
