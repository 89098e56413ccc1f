import { expect, test } from "vitest";
import { endedLine, runningAfter, startedLine } from "../../../src/process/crash-safety/supervised-command.ts";

const first = { leaderPid: 12, startTicks: 100, cookie: "ab-1" };
const second = { leaderPid: 13, startTicks: 200, cookie: undefined };

test("the running commands are those that have started and not ended", () => {
  expect(runningAfter("")).toEqual([]);
  expect(runningAfter(startedLine(first) + startedLine(second))).toEqual([first, second]);
  expect(runningAfter(startedLine(first) + startedLine(second) + endedLine(first))).toEqual([second]);
  expect(runningAfter(startedLine(first) + endedLine(first) + startedLine({ ...second, leaderPid: 12 }))).toEqual([
    { ...second, leaderPid: 12 },
  ]);
  expect(runningAfter(startedLine({ ...first, controlGroup: { name: "buildhand-1-2" } }))).toEqual([first]);
  const hiding = { ...first, hidesNames: true };
  expect(runningAfter(startedLine({ ...hiding, controlGroup: { name: "hidden" } }))).toEqual([hiding]);
  expect(runningAfter(startedLine({ ...first, controlGroup: { name: "hidden" } }))).toEqual([first]);
});

test("a line that is incomplete, invalid, or has a pid that stands for many processes is ignored", () => {
  const odd = ["+1:5::", "+0:5::", "+-1:5::", "+12::ab:", "+12:100:$(x):", "12", "", "+99999999999:5::", "-"];
  expect(runningAfter(`${odd.join("\n")}\n${startedLine(first).slice(0, -1)}`)).toEqual([]);
  expect(runningAfter(`${odd.join("\n")}\n${startedLine(second)}`)).toEqual([second]);
});
