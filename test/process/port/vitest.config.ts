// Runs the cases alone, in one process that starts nothing else: for systems that vitest's own configuration is too much for.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/process/port/*.test.ts"], pool: "forks", maxWorkers: 1, testTimeout: 180_000 },
});
