// Whether this machine has a real Buildbot, and what becomes of the tests when it has not.
import { existsSync } from "node:fs";
import { describe, test } from "vitest";
import { runsEveryRow } from "../../support/sized.ts";

export const BUILDBOT = "/usr/bin/buildbot";
export const BUILDBOT_WORKER = "/usr/bin/buildbot-worker";

/** With this environment variable set to 1 the tests behave as if Buildbot were not installed. */
const NO_BUILDBOT = "BUILDHAND_NO_BUILDBOT";
/** With this environment variable set to 1 a machine without Buildbot fails the tests instead of skipping them. */
const REQUIRE_MASTER = "BUILDHAND_REQUIRE_MASTER";

/** A `describe` for tests that need a real master: skipped without one, unless the environment requires it. */
export function describeWithMaster(name: string, body: () => void): void {
  if (buildbotAvailable() || process.env[REQUIRE_MASTER] !== "1") {
    describe.skipIf(!buildbotAvailable())(name, body);
    return;
  }
  test(name, () => {
    throw new Error(`${BUILDBOT} or ${BUILDBOT_WORKER} is missing: run apt-get install buildbot buildbot-worker`);
  });
}

/** The same where all rows run, for tests that need a master of their own and rarely fail. */
export function describeRarelyWithMaster(name: string, body: () => void): void {
  if (runsEveryRow) describeWithMaster(name, body);
}

/** Whether Debian's packages of the master and of the worker are installed. */
export function buildbotAvailable(): boolean {
  return process.env[NO_BUILDBOT] !== "1" && existsSync(BUILDBOT) && existsSync(BUILDBOT_WORKER);
}
