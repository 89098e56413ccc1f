// The rings of tests. A file's name says which ring it belongs to, the reporter says how many ran in each.
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

/** A machine that others load as well: what fails there once is run again, and vitest says so beside the test. */
const retry = process.env["CI"] === undefined ? 0 : 1;

/** Files share processes: starting one for each takes longer than many tests. So none may leave anything behind. */
const isolate = false;

const long = "test/**/*.long.test.ts";
const property = "test/**/*.property.test.ts";
const processes = "test/**/*.process.test.ts";
const masters = "test/masters/**/*.test.ts";
const browser = "test/browser/**/*.test.ts";
/** Have configurations of their own. */
const release = "test/release/**/*.test.ts";
const wine = "test/wine/**/*.test.ts";
/** The program as users have it, for tests that start it. */
const globalSetup = "./test/support/installed-program.ts";

/** Rings that wait for nothing, first: more processes than cores would only load the same modules more often. */
const pure = { isolate, maxWorkers: availableParallelism(), sequence: { groupOrder: 0 } };
/** Rings that wait for masters and workers to start and end. */
const waiting = { isolate, maxWorkers: 6, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./test/support/ring-reporter.ts"],
    projects: [
      {
        test: {
          ...pure,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, long, property, processes, masters, browser, release, wine],
          testTimeout: 60_000,
        },
      },
      { test: { ...pure, name: "property", include: [property], testTimeout: 60_000 } },
      {
        test: {
          ...waiting,
          name: "process",
          globalSetup,
          include: [processes],
          retry,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      { test: { ...waiting, name: "browser", include: [browser], retry, testTimeout: 300_000, hookTimeout: 300_000 } },
      {
        test: {
          ...waiting,
          name: "real master",
          globalSetup,
          include: [masters],
          retry,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
