import { expect, test } from "vitest";
import type { ListedProcess } from "../../../src/process/tree/process-list.ts";
import { TreeMembers } from "../../../src/process/tree/tree-members.ts";

const one = (pid: number, parent: number): ListedProcess => {
  return { pid, program: "sh", parent, group: pid, session: pid, startTicks: 5 };
};

test("members are told once, with all their descendants in whatever order", () => {
  const members = new TreeMembers();
  for (const [pid, parent] of [
    [30, 20],
    [20, 10],
    [99, 1],
    [40, 99],
  ] as const)
    members.addCandidate(one(pid, parent));
  members.add(one(10, 1));
  members.add(one(10, 1));
  expect(numbersOf(members.complete())).toEqual([10, 20, 30]);
  expect(numbersOf(members.others)).toEqual([40, 99]);
  expect(members.hasParentOf(one(50, 30))).toBe(true);
  members.add(one(99, 1));
  expect(numbersOf(members.complete())).toEqual([40, 99]);
  expect(members.complete()).toEqual([]);
  expect(numbersOf(members.found)).toEqual([10, 20, 30, 40, 99]);
});

function numbersOf(processes: readonly ListedProcess[]): readonly number[] {
  return processes.map(({ pid }) => pid).toSorted((a, b) => a - b);
}
