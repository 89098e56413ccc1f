// The tests of the worker on Node's Windows build, under Wine and with a real master. Run by scripts/test-wine.js, which
// prepares Wine and gives them a PID namespace of their own.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "wine",
    include: ["test/wine/**/*.test.ts"],
    globalSetup: ["./test/support/installed-program.ts"],
    pool: "forks",
    // They share one Windows.
    fileParallelism: false,
    retry: process.env["CI"] === undefined ? 0 : 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ["verbose", "./test/support/ring-reporter.ts"],
  },
});
