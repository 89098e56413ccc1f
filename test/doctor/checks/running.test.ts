import { expect, it } from "vitest";
import type { PidFile } from "../../../src/daemon/pid-file.ts";
import { judgeLog, judgeOrphans, judgePidFile } from "../../../src/doctor/checks/running.ts";
import { said } from "../said.ts";

const own = { pid: 7, isAttached: "yes" } as const;

it.each<[PidFile, typeof own | undefined, string]>([
  [{ state: "absent" }, undefined, "fine no worker is running here"],
  [{ state: "absent" }, own, "fine a worker is running here in the foreground, process 7"],
  [{ state: "running", pid: 7 }, own, "fine a worker is running here, process 7"],
  [{ state: "stale", pid: 9 }, undefined, "pid-stale /w/p names process 9, which is not a worker of this directory"],
  [
    { state: "unreadable", reason: "contains 'x', which is not a process id" },
    undefined,
    "pid-file /w/p contains 'x', which is not a process id",
  ],
])("the pid file %o", (found, worker, expected) => {
  expect(said([judgePidFile(found, "/w/p", worker)])).toEqual([expected]);
});

it("leftover processes of a crashed worker are named", () => {
  const process = { pid: 12, program: "make", parent: 1, group: 12, session: 12, startTicks: 1 };
  expect(said(judgeOrphans([{ of: 9, processes: [process] }]))).toEqual([
    "processes-left worker process 9 has ended and left: process 12 (make)",
  ]);
  expect(said(judgeOrphans([]))).toEqual(["fine there are no leftover processes of a crashed worker"]);
});

it("a log that cannot be written is a finding", () => {
  expect(said([judgeLog("/w/l", undefined), judgeLog("/w/l", "Permission denied")])).toEqual([
    "note the log is /w/l",
    "log-unopened /w/l: Permission denied",
  ]);
});
