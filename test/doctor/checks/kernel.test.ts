import { expect, it } from "vitest";
import { judgeKernel, type KernelFacts } from "../../../src/doctor/checks/kernel.ts";
import { said } from "../said.ts";

const facts: KernelFacts = { rule: "auto", isRoot: false, place: undefined, couldBe: false, tellsChildren: true };

it.each<[string, Partial<KernelFacts>, string]>([
  ["made", { place: "/sys/fs/cgroup/w" }, "fine each command gets a control group of its own, below /sys/fs/cgroup/w"],
  ["forbidden", { rule: "off" }, "cgroups = 'off'"],
  [
    "not asked for by root",
    { isRoot: true, couldBe: true },
    "the worker is root; cgroups = 'on' allows it to make some",
  ],
  ["not handed over", {}, "the worker's own group was not handed over to it (`Delegate=yes` in a unit of systemd)"],
])("control groups that are %s are no finding", (_, more, expected) => {
  const [statement = "", ...others] = said(judgeKernel({ ...facts, ...more }));
  expect(statement.endsWith(expected)).toBe(true);
  expect(others).toEqual([]);
});

it("a kernel that does not tell of children is a note", () => {
  expect(said(judgeKernel({ ...facts, tellsChildren: false })).at(-1)).toMatch(/^note the kernel does not tell/);
});
