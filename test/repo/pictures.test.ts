// The picture of a terminal in the README is drawn from the stored output of a real run.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

const LARGEST_BYTES = 200 * 1024;

test("the picture of the first build is that of its output (node scripts/write-pictures.js --draw)", () => {
  const drawn = execFileSync(process.execPath, ["scripts/write-pictures.js", "--print"], { encoding: "utf8" });
  expect(readFileSync("docs/pictures/first-build.svg", "utf8")).toBe(drawn);
});

test("the picture of the status page is a PNG of modest size", () => {
  expect(readFileSync("docs/pictures/status-page.png").subarray(1, 4).toString()).toBe("PNG");
  expect(statSync("docs/pictures/status-page.png").size).toBeLessThan(LARGEST_BYTES);
});
