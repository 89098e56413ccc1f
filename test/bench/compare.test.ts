import { describe, expect, it } from "vitest";

const compare: string = new URL("../../bench/compare.js", import.meta.url).href;
const { worseRows } = (await import(compare)) as {
  worseRows: (stored: readonly unknown[], rows: readonly unknown[]) => readonly string[];
};

const row = (median: number, timesBetter?: number, figure = "cpuMs") => ({
  scenario: "files",
  figure,
  ours: { median },
  ...(timesBetter !== undefined && { timesBetter: { median: timesBetter } }),
});

describe("a comparison with stored figures", () => {
  it.each([
    {
      what: "a ratio a tenth worse",
      before: row(100, 2),
      now: row(100, 1.8),
      worse: ["files: CPU, ms: 1.80 times better, was 2.00"],
    },
    { what: "nearly the same ratio on a machine half as fast", before: row(100, 2), now: row(200, 1.9), worse: [] },
    {
      what: "a figure without a ratio that is worse",
      before: row(100),
      now: row(120),
      worse: ["files: CPU, ms: 120, was 100"],
    },
    { what: "a figure whose ratio is not known now", before: row(100, 2), now: row(105), worse: [] },
    { what: "a better figure", before: row(100), now: row(50), worse: [] },
    { what: "a figure that was not stored", before: row(100, 2, "wallMs"), now: row(500, 1), worse: [] },
  ])("names rows worse by more than 10 %: $what", ({ before, now, worse }) => {
    expect(worseRows([before], [now])).toEqual(worse);
  });
});
