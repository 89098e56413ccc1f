import { expect, it } from "vitest";
import { judgeKernel, type KernelFacts } from "../../../src/doctor/checks/kernel.ts";
import { said } from "../said.ts";

const facts: KernelFacts = { rule: "auto", isRoot: false, place: undefined, couldBe: false, listsChildren: true };

it.each<[string, Partial<KernelFacts>, string]>([
  ["made", { place: "/sys/fs/cgroup/w" }, "fine each command gets its own control group, below /sys/fs/cgroup/w"],
  ["forbidden", { rule: "off" }, "cgroups = 'off'"],
  [
    "not requested by root",
    { isRoot: true, couldBe: true },
    "the worker is root; cgroups = 'on' allows it to create them",
  ],
  ["not delegated", {}, "the worker's control group is not delegated to it (`Delegate=yes` in a systemd unit)"],
])("control groups that are %s are no finding", (_, more, expected) => {
  const [statement = "", ...others] = said(judgeKernel({ ...facts, ...more }));
  expect(statement.endsWith(expected)).toBe(true);
  expect(others).toEqual([]);
});

it("a kernel that does not list children is a note", () => {
  expect(said(judgeKernel({ ...facts, listsChildren: false })).at(-1)).toMatch(/^note the kernel does not list/);
});
