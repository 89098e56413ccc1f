import { expect, test } from "vitest";
import { lineMarkup } from "../../../../src/master/web/log/line-markup.ts";
import { LINES_PER_WINDOW, logWindow, WINDOW_BYTES } from "../../../../src/master/web/log/window.ts";
import { aLog, FakeMasterView, fakeLog, linesOf } from "../../../support/fake-master-view.ts";

function ofLines(count: number, isComplete = true) {
  const view = new FakeMasterView();
  view.logs.set(1, { count, line: (index) => ({ stream: "o", text: `text ${index + 1}` }) });
  return { view, log: aLog({ id: 1, lineCount: count, isComplete }) };
}

function shown(count: number, from: number | undefined, isComplete = true) {
  const { view, log } = ofLines(count, isComplete);
  const { lines, markup: _, ...rest } = logWindow(view, { log, path: "/log", wanted: from, render: lineMarkup });
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

test("a growing log is shown at its end", () => {
  expect(shown(2345, undefined, false)).toMatchObject({ from: 2001, count: 345, next: undefined });
});

test("a window of a huge log reads little more than the window", () => {
  const { view, log } = ofLines(3_000_000);
  logWindow(view, { log, path: "/log", wanted: 2_000_000, render: lineMarkup });
  expect(view.linesRead).toBeLessThanOrEqual(LINES_PER_WINDOW + 200);
});

test("a colour set before the window applies in it, per stream and not in headers", () => {
  const view = new FakeMasterView();
  const lines = linesOf(["\u{1b}[31m", "! \u{1b}[32m", "out", "! err", "# head"]);
  view.logs.set(1, fakeLog(lines));
  const { lines: shown } = logWindow(view, {
    log: aLog({ lineCount: lines.length }),
    path: "/log",
    wanted: 3,
    render: lineMarkup,
  });
  expect(shown.map(({ number, pieces }) => [number, pieces[0]?.look])).toEqual([
    [3, { foreground: 1 }],
    [4, { foreground: 2 }],
    [5, {}],
  ]);
});

test("a line that is too long is cut, says by how much, and does not colour later lines", () => {
  const view = new FakeMasterView();
  view.logs.set(1, fakeLog(linesOf([`\u{1b}[31m${"x".repeat(1_000_000)}`, "next"])));
  const [first, second] = logWindow(view, {
    log: aLog({ lineCount: 2 }),
    path: "/log",
    wanted: 1,
    render: lineMarkup,
  }).lines;
  expect(first?.leftOutCharacters).toBe(1_000_005 - 2000);
  expect(second?.pieces[0]?.look).toEqual({});
});

const ESC = "\u{1b}";
/** Of 2000 characters, each two of which are a piece of its own with a long link. */
const COSTLY = `${ESC}]8;;https://example.org/${"a".repeat(900)}${ESC}\\${`${ESC}[1mx${ESC}[0my`.repeat(100)}`;

test.each([true, false])(
  "a window of costly lines is bounded in bytes, and no line is lost (complete: %s)",
  (isComplete) => {
    const view = new FakeMasterView();
    view.logs.set(1, { count: 3000, line: () => ({ stream: "o", text: COSTLY }) });
    const log = aLog({ id: 1, lineCount: 3000, isComplete });
    const { from, lines, markup, next } = logWindow(view, { log, path: "/log", wanted: undefined, render: lineMarkup });
    expect(Buffer.byteLength(markup.join(""))).toBeLessThanOrEqual(WINDOW_BYTES);
    expect(lines.length).toBe(markup.length);
    // whoever asks for the next window goes on with the next line; one that grows is shown to its end
    expect([from + lines.length, next]).toEqual(isComplete ? [next, 1 + lines.length] : [3001, undefined]);
  },
);

test("a single line that exceeds the limit has its own window", () => {
  const view = new FakeMasterView();
  view.logs.set(1, { count: 3, line: () => ({ stream: "o", text: COSTLY }) });
  const log = aLog({ id: 1, lineCount: 3 });
  const window = logWindow(view, { log, path: `/${"p".repeat(WINDOW_BYTES)}`, wanted: 2, render: lineMarkup });
  expect(window).toMatchObject({ from: 2, lines: [{ number: 2 }], next: 3 });
});
