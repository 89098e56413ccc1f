// How workers keep their connection to a real master: one that is frozen, one that goes away, and a name that is taken.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, startWorker, type WorkerOptions, type WorkerProcess } from "./support/worker-process.ts";

const NAME = "w1";
const OTHER = "w2";

describeWithMaster("a real master", () => {
  let master: TestMaster;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    master = await startMaster({
      workers: [NAME, OTHER].map((name) => ({ name, password: `${name}-password` })),
      // None for the other: a worker without builders is one as well.
      builders: [{ name: "idle", workers: [OTHER], steps: [shell("nothing", "true")] }],
    });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await Promise.all([NAME, OTHER].map((name) => master.workerDetached(name)));
  });
  afterAll(() => master?.end());

  async function attached(kind: "python" | "buildhand", options: WorkerOptions): Promise<WorkerProcess> {
    const worker = await startAttachedWorker(kind, master, options);
    workers.push(worker);
    return worker;
  }

  async function logged(worker: WorkerProcess, words: string): Promise<void> {
    await poll(`"${words}"`, () => worker.log().includes(words), {
      logs: () => ({ "the worker's log": worker.log() }),
    });
  }

  test("that is frozen is noticed by our worker, which waits for it, and not by the Python worker", async () => {
    const ours = await attached("buildhand", {
      name: NAME,
      createOptions: ["--keepalive=2"],
      tacLines: ["keepalive_deadline = 3"],
    });
    const theirs = await attached("python", { name: OTHER, createOptions: ["--keepalive=2"] });
    await logged(ours, "Master replied to keepalive");
    await logged(theirs, "Master replied to keepalive");
    master.freeze();
    try {
      await logged(ours, "has not answered a keepalive for 3 seconds");
      expect(theirs.log()).not.toContain("Scheduling retry");
    } finally {
      master.thaw();
    }
    await logged(ours, "connected again after");
    expect((await master.worker(NAME)).connected).toBe(true);
    // Its queued keepalives were answered all at once, and nothing else happened.
    expect(theirs.log()).not.toContain("Scheduling retry");
  });

  test("that names no builders is a good one", async () => {
    const worker = await attached("buildhand", { name: NAME });
    await logged(worker, "Connected to buildmaster; worker is ready");
    expect(worker.log()).not.toContain("Scheduling retry");
  });

  test("that has the name taken refuses the second worker, which says so and gets in when the first is gone", async () => {
    const first = await attached("buildhand", { name: NAME });
    const second = await startWorker("buildhand", master, { name: NAME });
    workers.push(second);
    await logged(
      second,
      "login: the master refused it: rejecting duplicate worker: another worker is connected as 'w1'",
    );
    await first.stop();
    await logged(second, "connected after");
  });

  describe("that goes away", () => {
    test("is tried as often as maxretries says, and then the worker ends with an exit code that says so", async () => {
      const worker = await attached("buildhand", { name: NAME, createOptions: ["--maxretries=3"] });
      await logged(worker, "worker is ready");
      await master.kill();
      try {
        expect(await worker.exited).toEqual({ code: 75, signal: null });
        expect(worker.log()).toContain("giving up after 3 failures in a row (maxretries = 3); the worker exits");
      } finally {
        await master.start();
      }
    });

    rareTest("is tried at least once in maxdelay", 600_000, async () => {
      const worker = await attached("buildhand", { name: NAME, createOptions: ["--maxdelay=1"] });
      await logged(worker, "worker is ready");
      await master.kill();
      await logged(worker, "the same failure again");
      await master.start();
      await logged(worker, "connected again after");
      const waits = [...worker.log().matchAll(/Scheduling retry \d+ to connect \S+ in ([\d.]+) seconds/g)];
      expect(waits.length).toBeGreaterThanOrEqual(2);
      expect(waits.filter(([, seconds]) => Number(seconds) > 1)).toEqual([]);
    });
  });
});
