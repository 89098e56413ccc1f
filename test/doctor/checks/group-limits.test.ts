import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type GroupLimits, groupLimits, judgeGroupLimits } from "../../../src/doctor/checks/group-limits.ts";
import { said } from "../said.ts";

const NONE = Number.POSITIVE_INFINITY;
const none: GroupLimits = { memoryBytes: NONE, tasks: NONE, processors: NONE };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-groups-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function group(path: string, files: Readonly<Record<string, string>>): string {
  const directory = join(root, path);
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries({ "cgroup.controllers": "", ...files })) {
    writeFileSync(join(directory, name), `${text}\n`);
  }
  return directory;
}

it("the smallest limits of a group and its parents count", () => {
  group("", {});
  group("slice", { "memory.max": "1073741824", "pids.max": "max", "cpu.max": "50000 100000" });
  const service = group("slice/w.service", { "memory.max": "8589934592", "pids.max": "500", "cpu.max": "max 100000" });
  expect(groupLimits(service)).toEqual({ memoryBytes: 1_073_741_824, tasks: 500, processors: 0.5 });
});

it("without controllers there is no limit", () => {
  expect(groupLimits(group("", {}))).toEqual(none);
});

it("a limit is a note, and none is fine", () => {
  expect(said([judgeGroupLimits({ memoryBytes: 8 * 1024 ** 3, tasks: 500, processors: 2 }, "/g")])).toEqual([
    "note the running worker and its builds together may use 8.0 GiB of memory, 500 processes and threads, the time of 2 processors (control group /g)",
  ]);
  expect(said([judgeGroupLimits({ ...none, tasks: 500 }, "/g")])).toEqual([
    "note the running worker and its builds together may use 500 processes and threads (control group /g)",
  ]);
  expect(said([judgeGroupLimits(none, "/g")])).toEqual(["fine no control group limits the running worker (/g)"]);
});
