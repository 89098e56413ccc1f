// The long ring: fuzzing, faults and endurance, one file at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    pool: "forks",
    fileParallelism: false,
    include: ["test/**/*.long.test.ts"],
    reporters: ["default", "./test/support/ring-reporter.ts"],
    testTimeout: 600_000,
  },
});
