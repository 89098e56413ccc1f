// Regenerates schema/*.json and docs/reference/master-yaml.md from the schemas in src/master/config. They are TypeScript,
// which the oldest supported Node.js cannot run by itself, so vitest does it: test/repo/schemas.test.ts.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "test/repo/schemas.test.ts"],
  { cwd: root, stdio: "inherit", env: { ...process.env, BUILDHAND_WRITE_SCHEMAS: "1" } },
);
process.exitCode = status ?? 1;
