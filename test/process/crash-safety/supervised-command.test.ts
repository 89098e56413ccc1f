import { expect, test } from "vitest";
import { begunLine, overLine, runningAfter } from "../../../src/process/crash-safety/supervised-command.ts";

const first = { leaderPid: 12, startTicks: 100, cookie: "ab-1" };
const second = { leaderPid: 13, startTicks: 200, cookie: undefined };

test("the running commands are those that have started and not ended", () => {
  expect(runningAfter("")).toEqual([]);
  expect(runningAfter(begunLine(first) + begunLine(second))).toEqual([first, second]);
  expect(runningAfter(begunLine(first) + begunLine(second) + overLine(first))).toEqual([second]);
  expect(runningAfter(begunLine(first) + overLine(first) + begunLine({ ...second, leaderPid: 12 }))).toEqual([
    { ...second, leaderPid: 12 },
  ]);
  expect(runningAfter(begunLine({ ...first, controlGroup: { name: "buildhand-1-2" } }))).toEqual([first]);
  const hiding = { ...first, hidesNames: true };
  expect(runningAfter(begunLine({ ...hiding, controlGroup: { name: "hidden" } }))).toEqual([hiding]);
  expect(runningAfter(begunLine({ ...first, controlGroup: { name: "hidden" } }))).toEqual([first]);
});

test("a line that is incomplete, invalid, or has a pid that stands for many processes is ignored", () => {
  const odd = ["+1:5::", "+0:5::", "+-1:5::", "+12::ab:", "+12:100:$(x):", "12", "", "+99999999999:5::", "-"];
  expect(runningAfter(`${odd.join("\n")}\n${begunLine(first).slice(0, -1)}`)).toEqual([]);
  expect(runningAfter(`${odd.join("\n")}\n${begunLine(second)}`)).toEqual([second]);
});
