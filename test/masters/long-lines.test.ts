// A line that is far longer than masters store in one piece, under a real master: what it stores is what was printed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { runsEveryRow } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker } from "./support/worker-process.ts";

const WORKER = "buildhand";
const MEGABYTES = runsEveryRow ? 20 : 2;
const LINE = "world: 世界 ".repeat(70_000 * MEGABYTES);

describeWithMaster(`a line of ${MEGABYTES} MB under a real master`, () => {
  let master: TestMaster;

  beforeAll(async () => {
    master = await startMaster({
      workers: [{ name: WORKER, password: "password" }],
      builders: [{ name: "print", workers: [WORKER], steps: [shell("print", "cat ../../line")] }],
    });
    const worker = await startAttachedWorker("buildhand", master, { name: WORKER });
    writeFileSync(join(worker.basedir, "line"), LINE);
  });

  afterAll(() => master?.end());

  test("is stored with every character", async () => {
    const started = await master.startBuild("print");
    expect((await started.finished()).result).toBe("success");
    // When a build is over its master still packs the logs, and who reads one meanwhile may find parts of it twice.
    await poll("the line as it was printed", async () => {
      const text = printed(await started.finished(), "print").replaceAll("\n", "");
      return text === LINE;
    });
  });
});
