// The pages and charts of docs/measurements, and the figures in README.md, are those of the stored data.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("every page and chart of measurements shows the stored data (node scripts/write-measurements.js)", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["scripts/write-measurements.js", "--check"], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
});
