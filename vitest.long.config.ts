// The long ring: fuzzing, faults and endurance, one file at a time.
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Files whose tests repeat themselves more often here than with `npm test`, or have more rows. */
const sized = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`)
  .filter((path) => /support\/sized\.ts|testedKinds/.test(readFileSync(path, "utf8")));

export default defineConfig({
  test: {
    pool: "forks",
    globalSetup: "./test/support/installed-program.ts",
    fileParallelism: false,
    include: ["test/**/*.long.test.ts", ...sized],
    env: { BUILDHAND_LONG_TESTS: "1" },
    reporters: ["default", "./test/support/ring-reporter.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
