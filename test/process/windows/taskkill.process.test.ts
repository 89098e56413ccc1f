// The answers of taskkill, which Wine's program does not give, from a program in its place.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskkill } from "../../../src/process/windows/taskkill.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-taskkill-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

function answering(code: number): string {
  const path = join(directory, `taskkill-${code}`);
  writeFileSync(path, `#!/bin/sh\nexit ${code}\n`);
  chmodSync(path, 0o755);
  return path;
}

test.each([
  [0, "killed"],
  [128, "gone"],
  [255, "gone"],
  [1, "failed"],
] as const)("an exit with %i means %s", async (code, answer) => {
  expect(await taskkill({ pid: 1, force: true, program: answering(code) })).toBe(answer);
});

test("a missing program is a failure", async () => {
  expect(await taskkill({ pid: 1, force: true, program: join(directory, "none") })).toBe("failed");
});
