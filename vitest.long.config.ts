// The long ring: fuzzing, faults and endurance, one file at a time.
import { defineConfig } from "vitest/config";

/** Tests that repeat themselves more often here than with `npm test`. */
const sized = [
  "test/cli/demo/demo.process.test.ts",
  "test/commands/glob/search.process.test.ts",
  "test/commands/tar/pack.process.test.ts",
  "test/config/tac.property.test.ts",
  "test/master/kill-with-worker.process.test.ts",
  "test/master/kill.process.test.ts",
  "test/master/queue.property.test.ts",
  "test/master/reload.process.test.ts",
  "test/master/store/logs.property.test.ts",
  "test/output/command-output.property.test.ts",
  "test/output/fast-path.property.test.ts",
  "test/output/lines.property.test.ts",
  "test/process/pty.process.test.ts",
  "test/process/run/run.process.test.ts",
  "test/worker/reconnects.process.test.ts",
];

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
