// docs/guide/scaling.md holds what test/masters/scaling.test.ts shows to a real Buildbot, and our worker reads its buildbot.tac.
import { expect, test } from "vitest";
import { readTac } from "../../src/config/tac.ts";
import { BLOCK_COUNT, MASTER_CONFIGURATIONS, TACS } from "../support/scaling-page.ts";

test("the page has two configurations of masters and one of workers", () => {
  expect([MASTER_CONFIGURATIONS.length, TACS.length, BLOCK_COUNT]).toEqual([2, 1, 3]);
});

test("the buildbot.tac for images takes name, password and master from the environment", () => {
  const environment = {
    BUILDMASTER: "master.example",
    BUILDMASTER_PORT: "9990",
    WORKERNAME: "w-1",
    WORKERPASS: "secret",
  };
  const { workers, log } = readTac(TACS[0] ?? "", {
    path: "/buildbot/buildbot.tac",
    directory: "/buildbot",
    environment,
  });
  expect(log.hasObserver).toBe(false);
  expect(workers[0]).toMatchObject({
    buildmasterHost: "master.example",
    port: 9990,
    workerName: "w-1",
    password: "secret",
    basedir: "/buildbot",
  });
});
