import { expect, test } from "vitest";
import type { ListedProcess } from "../../src/process/process-list.ts";
import { TreeMembers } from "../../src/process/tree-members.ts";

const one = (pid: number, parent: number): ListedProcess => {
  return { pid, program: "sh", parent, group: pid, session: pid, startTicks: 5 };
};

test("members are told once, as soon as they are found, with all their descendants in whatever order", () => {
  const told: number[] = [];
  const members = new TreeMembers(({ pid }) => told.push(pid));
  for (const [pid, parent] of [
    [30, 20],
    [20, 10],
    [99, 1],
    [40, 99],
  ] as const)
    members.addOther(one(pid, parent));
  members.add(one(10, 1));
  members.add(one(10, 1));
  expect(told).toEqual([10]);
  members.addDescendants();
  expect(told.toSorted()).toEqual([10, 20, 30]);
  expect(members.found.map(({ pid }) => pid).toSorted()).toEqual([10, 20, 30]);
  expect(members.others.map(({ pid }) => pid)).toEqual([99, 40]);
  expect(members.hasParentOf(one(50, 30))).toBe(true);
});
