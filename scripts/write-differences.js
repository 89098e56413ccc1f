// Regenerates the tables of docs/reference/differences.md and buildbot-tac.md, and docs/reference/limits.md, from
// test/masters/cases and src/. They are TypeScript, which the oldest supported Node.js cannot run by itself, so vitest
// does it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "test/repo/differences.test.ts",
    "test/repo/tac-page.test.ts",
    "test/repo/limits-page.test.ts",
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, BUILDHAND_WRITE_DIFFERENCES: "1" } },
);
process.exitCode = status ?? 1;
