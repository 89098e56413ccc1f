import { expect, test } from "vitest";
import { LINES_PER_WINDOW, logWindow } from "../../../../src/master/web/log/window.ts";
import { aLog, FakeMasterView, fakeLog, linesOf } from "../../../support/fake-master-view.ts";

function ofLines(count: number, isComplete = true) {
  const view = new FakeMasterView();
  view.logs.set(1, { count, line: (index) => ({ stream: "o", text: `text ${index + 1}` }) });
  return { view, log: aLog({ id: 1, lineCount: count, isComplete }) };
}

function shown(count: number, from: number | undefined, isComplete = true) {
  const { view, log } = ofLines(count, isComplete);
  const { lines, ...rest } = logWindow(view, log, from);
  return { ...rest, first: lines[0]?.number, count: lines.length };
}

test.each([
  [0, undefined, { from: 1, first: undefined, count: 0, previous: undefined, next: undefined, last: 1 }],
  [5, undefined, { from: 1, first: 1, count: 5, previous: undefined, next: undefined, last: 1 }],
  [1000, 1, { from: 1, first: 1, count: 1000, previous: undefined, next: undefined, last: 1 }],
  [1001, 1, { from: 1, first: 1, count: 1000, previous: undefined, next: 1001, last: 1001 }],
  [5000, 2500, { from: 2500, first: 2500, count: 1000, previous: 1500, next: 3500, last: 4001 }],
  [5000, 10, { from: 10, first: 10, count: 1000, previous: 1, next: 1010, last: 4001 }],
  [5000, 9_999_999, { from: 5000, first: 5000, count: 1, previous: 4000, next: undefined, last: 4001 }],
])("of %d lines from %s on: %j", (count, from, expected) => {
  expect(shown(count, from)).toEqual(expected);
});

test("a log that grows is shown at its end", () => {
  expect(shown(2345, undefined, false)).toMatchObject({ from: 2001, count: 345, next: undefined });
});

test("a window of a huge log reads little more than the window", () => {
  const { view, log } = ofLines(3_000_000);
  logWindow(view, log, 2_000_000);
  expect(view.linesRead).toBeLessThanOrEqual(LINES_PER_WINDOW + 200);
});

test("a colour that was set before the window is seen in it, per stream and not in headers", () => {
  const view = new FakeMasterView();
  const lines = linesOf(["\u{1b}[31m", "! \u{1b}[32m", "out", "! err", "# head"]);
  view.logs.set(1, fakeLog(lines));
  const { lines: shown } = logWindow(view, aLog({ lineCount: lines.length }), 3);
  expect(shown.map(({ number, pieces }) => [number, pieces[0]?.look])).toEqual([
    [3, { foreground: 1 }],
    [4, { foreground: 2 }],
    [5, {}],
  ]);
});

test("a line that is too long is cut, says by how much, and colours nothing after it", () => {
  const view = new FakeMasterView();
  view.logs.set(1, fakeLog(linesOf([`\u{1b}[31m${"x".repeat(1_000_000)}`, "next"])));
  const [first, second] = logWindow(view, aLog({ lineCount: 2 }), 1).lines;
  expect(first?.leftOutCharacters).toBe(1_000_005 - 2000);
  expect(second?.pieces[0]?.look).toEqual({});
});
