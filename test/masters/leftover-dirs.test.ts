// What delete_leftover_dirs does under a real master: both workers remove what no builder needs, and ours keeps what a
// builder's directory lies in.
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import {
  startAttachedWorker,
  testedKinds,
  type WorkerKind,
  type WorkerProcess,
  workerKinds,
} from "./support/worker-process.ts";

describeWithMaster("a real master", () => {
  let master: TestMaster;

  beforeAll(async () => {
    master = await startMaster({
      workers: workerKinds.map((kind) => ({ name: kind, password: `${kind}-password` })),
      builders: workerKinds.flatMap((kind) => [
        { name: `plain-${kind}`, workers: [kind], steps: [shell("run", "pwd")] },
        { name: `gone-${kind}`, workers: [kind], steps: [shell("run", "pwd")] },
      ]),
    });
  });
  afterAll(() => master?.end());

  describe.each(testedKinds)("and the %s worker", (kind) => {
    test("with delete_leftover_dirs remove the directory of a builder that is taken away, and others of nobody", async () => {
      const worker = await attachedWorker(kind, true);
      make(worker, "stray/deep");
      await takeAway(kind);
      await poll("the leftover directories to be removed", () => !isThere(worker, `gone-${kind}`, "stray"), {
        logs: () => ({ "the worker's log": worker.log() }),
      });
      expect(isThere(worker, "info")).toBe(true);
      expect(worker.log()).toContain(`Deleting directory 'stray' that is not being used by the buildmaster`);
      expect((await master.build(`plain-${kind}`)).result).toBe("success");
      await leave(worker, kind);
    });

    rareTest("without it only name them", 600_000, async () => {
      const worker = await attachedWorker(kind, false);
      make(worker, "stray/deep");
      await takeAway(kind);
      await poll("the leftover directory to be named", () =>
        worker.log().includes("I have a leftover directory 'stray' that is not being used"),
      );
      expect(isThere(worker, "stray/deep")).toBe(true);
      await leave(worker, kind);
    });

    const nestedName = `with a builder in a directory of a directory ${kind === "python" ? "lose it" : "keep it"}`;
    rareTest(nestedName, 600_000, async () => {
      const worker = await attachedWorker(kind, true);
      const nested = {
        name: `nested-${kind}`,
        workers: [kind],
        steps: [shell("run", "pwd")],
        args: { workerbuilddir: "parent/nested" },
      };
      await master.changeBuilders((builders) => [...builders, nested]);
      make(worker, "stray");
      await takeAway(kind);
      await poll("the sweep to be over", () => !isThere(worker, "stray"));
      expect(isThere(worker, "parent/nested")).toBe(kind === "buildhand");
      await leave(worker, kind);
    });
  });

  test("and our worker leave a link, and what it leads to", async () => {
    const worker = await attachedWorker("buildhand", true);
    const elsewhere = join(master.root, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "file"), "");
    symlinkSync(elsewhere, join(worker.basedir, "link"));
    make(worker, "stray");
    await takeAway("buildhand");
    await poll("the sweep to be over", () => !isThere(worker, "stray"));
    expect(isThere(worker, "link/file")).toBe(true);
    expect(worker.log()).toContain("it is a symbolic link");
    rmSync(elsewhere, { recursive: true });
    await leave(worker, "buildhand");
  });

  async function attachedWorker(kind: WorkerKind, deletes: boolean): Promise<WorkerProcess> {
    const createOptions = deletes ? ["--delete-leftover-dirs"] : [];
    const worker = await startAttachedWorker(kind, master, { name: kind, createOptions });
    await poll("its builders' directories", () => isThere(worker, `gone-${kind}`));
    return worker;
  }

  /** Has the master send a new list, without one builder. */
  async function takeAway(kind: WorkerKind): Promise<void> {
    await master.changeBuilders((builders) => builders.filter(({ name }) => name !== `gone-${kind}`));
  }

  /** With the builders as they were. */
  async function leave(worker: WorkerProcess, kind: WorkerKind): Promise<void> {
    await worker.stop();
    await master.workerDetached(kind);
    await master.changeBuilders((builders) => [
      ...builders.filter(({ name }) => name !== `nested-${kind}`),
      { name: `gone-${kind}`, workers: [kind], steps: [shell("run", "pwd")] },
    ]);
  }
});

function make({ basedir }: WorkerProcess, path: string): void {
  mkdirSync(join(basedir, path), { recursive: true });
}

/** Whether any of these is. */
function isThere({ basedir }: WorkerProcess, ...paths: readonly string[]): boolean {
  return paths.some((path) => existsSync(join(basedir, path)));
}
