// The tests of what `npm run release` makes, on Debian machines of their own. They need root, debootstrap, Debian's archive and
// the npm registry, and say so where one is missing.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "release",
    include: ["test/release/**/*.test.ts"],
    globalSetup: ["./test/support/installed-program.ts", "./test/release/made-release.ts"],
    pool: "forks",
    // Each needs the machine for itself.
    fileParallelism: false,
    retry: process.env["CI"] === undefined ? 0 : 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Which names each test, and why one was not run.
    reporters: ["verbose", "./test/support/ring-reporter.ts"],
  },
});
