import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let compiled: string;

// A program of its own must inherit the descriptors, and plain Node needs JavaScript.
beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), "buildhand-descriptors-"));
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const options = [
    "--ignoreConfig",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--types",
    "node",
    "--outDir",
    compiled,
  ];
  execFileSync(process.execPath, [compiler, ...options, join(root, "src/process/spawn/inherited-descriptors.ts")], {
    cwd: root,
  });
});

afterAll(() => rmSync(compiled, { recursive: true }));

test("descriptors that were inherited by accident reach no child", () => {
  const stray = openSync(fileURLToPath(import.meta.url), "r");
  // Node makes 3 close-on-exec at its start, but not 40: there is a gap before it.
  const stdio: (number | "pipe" | "ignore")[] = Array.from({ length: 41 }, (_, fd) => (fd < 3 ? "pipe" : "ignore"));
  stdio[3] = stdio[40] = stray;
  const parent = spawnSync(
    process.execPath,
    [join(root, "test/fixtures/pass-descriptors.js"), pathToFileURL(join(compiled, "inherited-descriptors.js")).href],
    { stdio, encoding: "utf8" },
  );
  closeSync(stray);
  expect(parent.stderr).toBe("");
  const { closed, child } = JSON.parse(parent.stdout);
  expect(closed).toContain(40);
  expect(child).toEqual([0, 1, 2, 3]); // 3 is the directory that ls reads
});
