import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { afterStep } from "../../../src/master/builds/build-result.ts";
import type { Result } from "../../../src/master/results.ts";

/** Flags of the step, its result, the build's before and after, whether the build halts. */
type Row = readonly [
  haltOnFailure: boolean,
  flunkOnFailure: boolean,
  warnOnFailure: boolean,
  result: Result,
  before: Result,
  after: Result,
  halts: boolean,
];

/** What Buildbot 4.2.1 makes of every step and every build, with its defaults for warnings. */
const table = JSON.parse(readFileSync(new URL("buildbot-results.json", import.meta.url), "utf8")) as readonly Row[];

test("a step's result affects its build as in Buildbot 4.2.1, for all flags and earlier results", () => {
  expect(table).toHaveLength(2 ** 3 * 7 * 7);
  for (const [haltOnFailure, flunkOnFailure, warnOnFailure, result, before, after, halts] of table) {
    const step = { haltOnFailure, flunkOnFailure, warnOnFailure };
    expect(afterStep({ result: before, isHalted: false }, step, result)).toEqual({ result: after, isHalted: halts });
  }
});

test("a halted build stays halted", () => {
  const step = { haltOnFailure: false, flunkOnFailure: true, warnOnFailure: false };
  expect(afterStep({ result: "FAILURE", isHalted: true }, step, "SUCCESS").isHalted).toBe(true);
});
