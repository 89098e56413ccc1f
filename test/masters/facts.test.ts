// What a worker tells its master of itself when it attaches: Buildbot's and ours, asked by the same master.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installation, install, makeBasedir } from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { rowsOf } from "../support/sized.ts";
import { BUILDBOT_WORKER, describeWithMaster } from "./support/availability.ts";

/** docs/reference/differences.md says why. */
const DIFFERENT = new Set(["version", "numcpus", "environ", "basedir"]);

describeWithMaster("the facts that both workers tell", () => {
  let installation: Installation;
  beforeAll(() => {
    installation = install();
  });
  afterAll(() => installation.remove());

  async function factsOf(
    kind: "python" | "buildhand",
    deleteLeftoverDirs: string,
  ): Promise<ReadonlyMap<string, unknown>> {
    const master = await FakeMaster.listen();
    const variables = { delete_leftover_dirs: deleteLeftoverDirs };
    const argv = ["start", "--nodaemon", makeBasedir(installation.newPath(), { port: master.port, variables })];
    const child = kind === "python" ? execFile(BUILDBOT_WORKER, argv, () => {}) : installation.start(argv).child;
    const ended = once(child, "exit");
    try {
      const info = await (await master.nextWorker()).call("getWorkerInfo");
      return new Map([...(info as unknown as ReadonlyMap<string, unknown>)].filter(([name]) => !DIFFERENT.has(name)));
    } finally {
      child.kill("SIGTERM");
      await ended;
      await master.close();
    }
  }

  const values = rowsOf(["0", "True", "'no'"], (value) => value === "True");
  test.each(values)("are equal with delete_leftover_dirs = %s", async (value) => {
    expect(await factsOf("buildhand", value)).toEqual(await factsOf("python", value));
  });
});
