// The pages and charts of docs/measurements, and the figures in README.md, are those of the stored data.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("every page and chart of measurements shows the stored data (node scripts/write-measurements.js)", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["scripts/write-measurements.js", "--check"], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
});

test("the embedded master is nowhere slower or larger than Buildbot's", () => {
  const page = readFileSync("docs/measurements/masters.md", "utf8");
  const ratios = [...page.matchAll(/^\| .* \| ([\d.]+) \([^|]*\) \|$/gm)].map(([, median]) => Number(median));
  expect(ratios).toHaveLength(5);
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
});

test("every goal that is missed comes with the reason", () => {
  const page = readFileSync("docs/measurements/performance.md", "utf8");
  const missed = page.split("\n").filter((line) => line.includes("**missed**"));
  const reasons = page.split("## What misses its goal, and why")[1]?.split("\n## ")[0] ?? "";
  for (const line of missed) expect(reasons).toContain(`- ${line.split(" | ")[0]?.slice(2)}: `);
  expect(reasons).not.toContain("no profile was taken");
});
