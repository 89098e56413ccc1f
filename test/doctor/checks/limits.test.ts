import { expect, it } from "vitest";
import { judgeLimits, readLimit } from "../../../src/doctor/checks/limits.ts";
import { said } from "../said.ts";

const FILE = `Limit                     Soft Limit           Hard Limit           Units
Max processes             200                  unlimited            processes
Max open files            1024                 524288               files
`;
const plenty = { soft: 4096, hard: Number.POSITIVE_INFINITY };

it("limits are read as the kernel writes them", () => {
  expect(readLimit(FILE, "Max open files")).toEqual({ soft: 1024, hard: 524_288 });
  expect(readLimit(FILE, "Max processes")).toEqual({ soft: 200, hard: Number.POSITIVE_INFINITY });
  expect(readLimit(FILE, "Max nothing")).toBeUndefined();
});

it("the hard limit of files counts, since Node.js raises the soft one", () => {
  const files = { soft: 64, hard: 4096 };
  expect(said(judgeLimits({ files, processes: plenty, filesOfParent: files }))).toEqual([
    "fine a process may open 4096 files (hard limit, 64 where the worker is started)",
    "fine the account may run 4096 processes",
  ]);
});

it("limits that are too low for builds are findings", () => {
  const few = { soft: 100, hard: 100 };
  expect(said(judgeLimits({ files: few, processes: few, filesOfParent: undefined }))).toEqual([
    "limit-files a process may open 100 files (hard limit); expected 1024 or more",
    "limit-processes the account may run 100 processes; expected 256 or more",
  ]);
});

it("a system that does not report limits is not a finding", () => {
  expect(said(judgeLimits(undefined))).toEqual(["note the system does not report the limits of processes"]);
});
