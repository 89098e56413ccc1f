// The closing lines of a run, from made-up counts.
import { expect, test } from "vitest";
import { closingLines, missingBrowser, missingBuildbot, type Need, type RingCount } from "../support/ring-reporter.ts";

const unit: RingCount = { name: "unit", passed: 412, failed: 0, skipped: 0, seconds: 6.4 };
const property: RingCount = { name: "property", passed: 0, failed: 0, skipped: 0, seconds: 0 };
const master: RingCount = { name: "real master", passed: 3, failed: 0, skipped: 0, seconds: 99.5 };
const idleMaster: RingCount = { ...master, passed: 0, skipped: 2 };
const masters: Need = {
  ring: "real master",
  missing: undefined,
  variable: "BUILDHAND_REQUIRE_MASTER",
  isRequired: false,
};
const browser: Need = { ring: "browser", missing: undefined, variable: "BUILDHAND_REQUIRE_BROWSER", isRequired: false };
const plain = { retried: [], strayErrors: 0, needs: [masters, browser] };
const required = { retried: [], strayErrors: 0, needs: [{ ...masters, isRequired: true }, browser] };
const missing = "Buildbot is not installed";

test("each ring says what it ran and how long that took, one without tests too, and the sum comes last", () => {
  expect(closingLines({ ...plain, rings: [unit, property, master] }).lines).toEqual([
    "unit: 412 passed in 6 s",
    "property: no test ran",
    "real master: 3 passed in 100 s",
    "415 passed, 0 failed",
  ]);
});

test("failures and skipped tests are told per ring and in the sum", () => {
  const rings = [{ ...unit, failed: 2, skipped: 1 }, property];
  expect(closingLines({ ...plain, rings }).lines).toEqual([
    "unit: 2 failed, 412 passed, 1 skipped in 6 s",
    "property: no test ran",
    "412 passed, 2 failed, 1 skipped",
  ]);
});

test("an error that no test caught counts as failed", () => {
  expect(closingLines({ ...plain, rings: [unit], strayErrors: 1 }).lines).toEqual([
    "unit: 412 passed in 6 s",
    "outside the rings: 1 failed",
    "412 passed, 1 failed",
  ]);
});

test("a test that passed only at its second try is named, with what it failed with at first", () => {
  const retried = [{ ring: "unit", test: "test/a.test.ts: waits", failure: "waited 60 seconds for a worker" }];
  expect(closingLines({ ...plain, rings: [unit], retried }).lines).toEqual([
    "unit: 412 passed in 6 s",
    "passed only at the second try: 1",
    "  unit: test/a.test.ts: waits: waited 60 seconds for a worker",
    "412 passed, 0 failed",
  ]);
});

test("a machine without Buildbot says why the ring was skipped", () => {
  expect(closingLines({ ...plain, rings: [idleMaster], needs: [{ ...masters, missing }, browser] }).lines).toEqual([
    "real master: skipped: Buildbot is not installed",
    "0 passed, 0 failed, 2 skipped",
  ]);
});

test.each([
  ["ran no test", { ...master, passed: 0 }, true],
  ["skipped every test", idleMaster, true],
  ["skipped one test", { ...master, skipped: 1 }, true],
  ["ran every test", master, false],
  ["ran and failed", { ...master, passed: 0, failed: 1 }, false],
])("with BUILDHAND_REQUIRE_MASTER a ring that %s: %o, demand missed: %s", (_what, ring, missed) => {
  const closing = closingLines({ ...required, rings: [unit, ring] });
  expect(closing.demandMissed).toBe(missed);
  expect(closing.lines.some((line) => line.startsWith("BUILDHAND_REQUIRE_MASTER=1 asks"))).toBe(missed);
});

test("a run that was told to leave the real masters out misses no demand", () => {
  expect(closingLines({ ...required, rings: [unit] }).demandMissed).toBe(false);
});

test("each ring's own demand is missed, and told, by itself", () => {
  const needs = [
    { ...masters, isRequired: true },
    { ...browser, isRequired: true, missing: "Chromium is not installed" },
  ];
  const idle: RingCount = { name: "browser", passed: 0, failed: 0, skipped: 4, seconds: 0 };
  expect(closingLines({ retried: [], strayErrors: 0, needs, rings: [master, idle] })).toEqual({
    lines: [
      "real master: 3 passed in 100 s",
      "browser: skipped: Chromium is not installed",
      'BUILDHAND_REQUIRE_BROWSER=1 asks for every test of the ring "browser", and not all of them ran.',
      "3 passed, 0 failed, 4 skipped",
    ],
    demandMissed: true,
  });
});

test("BUILDHAND_NO_BROWSER hides a browser that is installed", () => {
  expect(missingBrowser({ BUILDHAND_NO_BROWSER: "1" })).toBe("BUILDHAND_NO_BROWSER hides Chromium");
});

test("BUILDHAND_NO_BUILDBOT hides a Buildbot that is installed", () => {
  expect(missingBuildbot({ BUILDHAND_NO_BUILDBOT: "1" })).toBe("BUILDHAND_NO_BUILDBOT hides Buildbot");
});
