import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../fixtures/pass-descriptors.js", import.meta.url));
// A program of its own must inherit the descriptors, and plain Node needs JavaScript.
const compiled = new URL("../../../dist/process/spawn/inherited-descriptors.js", import.meta.url).href;

test("descriptors that were inherited by accident reach no child", () => {
  const stray = openSync(fileURLToPath(import.meta.url), "r");
  // Node makes 3 close-on-exec at its start, but not 40: there is a gap before it.
  const stdio: (number | "pipe" | "ignore")[] = Array.from({ length: 41 }, (_, fd) => (fd < 3 ? "pipe" : "ignore"));
  stdio[3] = stdio[40] = stray;
  const parent = spawnSync(process.execPath, [program, compiled], { stdio, encoding: "utf8" });
  closeSync(stray);
  expect(parent.stderr).toBe("");
  const { closed, child } = JSON.parse(parent.stdout);
  expect(closed).toContain(40);
  expect(child).toEqual([0, 1, 2, 3]); // 3 is the directory that ls reads
});
