// The closing lines of a run, from made-up counts.
import { expect, test } from "vitest";
import { closingLines, missingBuildbot, type RingCount } from "../support/ring-reporter.ts";

const unit: RingCount = { name: "unit", passed: 412, failed: 0, skipped: 0 };
const property: RingCount = { name: "property", passed: 0, failed: 0, skipped: 0 };
const master: RingCount = { name: "real master", passed: 3, failed: 0, skipped: 0 };
const idleMaster: RingCount = { ...master, passed: 0, skipped: 2 };
const plain = { strayErrors: 0, missingMaster: undefined, requireMaster: false };
const missing = "Buildbot is not installed";

test("each ring says what it ran, one without tests too, and the sum comes last", () => {
  expect(closingLines({ ...plain, rings: [unit, property, master] }).lines).toEqual([
    "unit: 412 passed",
    "property: no test ran",
    "real master: 3 passed",
    "415 passed, 0 failed",
  ]);
});

test("failures and skipped tests are told per ring and in the sum", () => {
  const rings = [{ ...unit, failed: 2, skipped: 1 }, property];
  expect(closingLines({ ...plain, rings }).lines).toEqual([
    "unit: 2 failed, 412 passed, 1 skipped",
    "property: no test ran",
    "412 passed, 2 failed, 1 skipped",
  ]);
});

test("an error that no test caught counts as failed", () => {
  expect(closingLines({ ...plain, rings: [unit], strayErrors: 1 }).lines).toEqual([
    "unit: 412 passed",
    "outside the rings: 1 failed",
    "412 passed, 1 failed",
  ]);
});

test("a machine without Buildbot says why the ring was skipped", () => {
  expect(closingLines({ ...plain, rings: [idleMaster], missingMaster: missing }).lines).toEqual([
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
  const closing = closingLines({ ...plain, rings: [unit, ring], requireMaster: true });
  expect(closing.demandMissed).toBe(missed);
  expect(closing.lines.some((line) => line.startsWith("BUILDHAND_REQUIRE_MASTER=1 asks"))).toBe(missed);
});

test("a run that was told to leave the real masters out misses no demand", () => {
  expect(closingLines({ ...plain, rings: [unit], requireMaster: true }).demandMissed).toBe(false);
});

test("BUILDHAND_NO_BUILDBOT hides a Buildbot that is installed", () => {
  expect(missingBuildbot({ BUILDHAND_NO_BUILDBOT: "1" })).toBe("BUILDHAND_NO_BUILDBOT hides Buildbot");
});
