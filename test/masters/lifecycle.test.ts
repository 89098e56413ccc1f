// Connections that come and go under a real master: logins, reconfigurations, restarts and shutdowns.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type BuilderDescription, shell } from "./support/description.ts";
import { processesGone } from "./support/left-processes.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import {
  startAttachedWorker,
  startWorker,
  testedKinds,
  type WorkerProcess,
  workerKinds,
} from "./support/worker-process.ts";

/** Where builds and tests leave files for each other. */
let scratch: string;

/** A builder whose only step says so and then waits for a file that the test makes. */
function gated(name: string, worker: string): BuilderDescription {
  const { arrived, open } = gate(name);
  return {
    name,
    workers: [worker],
    steps: [shell("wait", `touch ${arrived}; until test -e ${open}; do sleep 0.1; done; echo went on`)],
  };
}

function gate(name: string): { readonly arrived: string; readonly open: string } {
  return { arrived: join(scratch, `${name}-arrived`), open: join(scratch, `${name}-open`) };
}

async function gateReached(name: string): Promise<void> {
  await poll(`build of ${name} to reach its gate`, () => existsSync(gate(name).arrived));
}

function openGate(name: string): void {
  writeFileSync(gate(name).open, "");
}

/** A builder whose first attempt never ends and tells its process id, and whose second succeeds. */
function endlessAtFirst(name: string, worker: string): BuilderDescription {
  const pidFile = join(scratch, `${name}-pid`);
  const command = `if test -e ${pidFile}; then echo second attempt; else echo $$ > ${pidFile}; exec sleep 600; fi`;
  return { name, workers: [worker], steps: [shell("run", command)] };
}

/** A builder that says what an earlier build has left in its clone of the repository. */
function tried(name: string, worker: string, repository: string): BuilderDescription {
  const git = { type: "Git", args: { repourl: repository, branch: "main", mode: "incremental", progress: false } };
  const build = shell("build", "cat product 2>/dev/null || echo nothing was built before; echo built > product");
  return { name, workers: [worker], steps: [git, build] };
}

async function pidOfFirstAttempt(name: string): Promise<number> {
  const pidFile = join(scratch, `${name}-pid`);
  return poll(`the first attempt of ${name}`, () => {
    const text = existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "";
    return text.endsWith("\n") ? Number(text) : undefined;
  });
}

/** Tracebacks in a master's log other than those of refused logins, which Twisted always writes. */
function unexpectedTracebacks(log: string): string[] {
  const tracebacks = log.match(/Traceback.*\n(?:\t.*\n)*/g) ?? [];
  return tracebacks.filter((traceback) => !traceback.includes("twisted.cred.error.UnauthorizedLogin"));
}

describeWithMaster("a real master", () => {
  let master: TestMaster;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-lifecycle-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    master = await startMaster({
      workers: workerKinds.map((kind) => ({ name: kind, password: `${kind}-password` })),
      builders: workerKinds.flatMap((kind) => [
        gated(`gated-${kind}`, kind),
        gated(`last-${kind}`, kind),
        endlessAtFirst(`retried-${kind}`, kind),
        tried(`tried-${kind}`, kind, repository),
        { name: `short-${kind}`, workers: [kind], steps: [shell("print", "echo short; echo of it >&2")] },
      ]),
    });
  });

  afterAll(async () => {
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  describe.each(testedKinds)("and the %s worker", (kind) => {
    let worker: WorkerProcess | undefined;

    afterEach(async () => {
      await worker?.stop();
      await master.workerDetached(kind);
    });

    test("refuses a wrong password, and the worker lives on to try again", async () => {
      const from = master.log().length;
      const refused = await startWorker(kind, master, { name: kind, password: "wrong" });
      worker = refused;
      await poll(
        "the worker to be refused",
        () =>
          refused.log().includes("unauthorized login; check worker name and password") ||
          !refused.running() ||
          undefined,
        { logs: () => ({ "the worker's log": refused.log() }) },
      );
      expect(refused.running(), refused.log()).toBe(true);
      expect((await master.worker(kind)).connected).toBe(false);
      expect(unexpectedTracebacks(master.log().slice(from))).toEqual([]);
    });

    test("builds over MessagePack", async () => {
      worker = await startAttachedWorker(kind, master, { name: kind, protocol: "msgpack" });
      const outcome = await master.build(`short-${kind}`);
      expect(outcome.result).toBe("success");
      expect(printed(outcome, "print")).toBe("short\n");
      expect(printed(outcome, "print", "stderr")).toBe("of it\n");
    });

    rareTest("cleans over MessagePack what a try build has left in the source tree", 600_000, async () => {
      worker = await startAttachedWorker(kind, master, { name: kind, protocol: "msgpack" });
      const patch = "--- /dev/null\n+++ b/tried\n@@ -0,0 +1 @@\n+tried\n";
      const first = await master.build(`tried-${kind}`, { patch });
      expect(printed(first, "build")).toBe("nothing was built before\n");
      expect(printed(await master.build(`tried-${kind}`), "build")).toBe("nothing was built before\n");
      expect(printed(await master.build(`tried-${kind}`), "build")).toBe("built\n");
    });

    test("adds and removes builders while a build runs", async () => {
      worker = await startAttachedWorker(kind, master, { name: kind });
      const before = (await master.worker(kind)).builders;
      const running = await master.startBuild(`gated-${kind}`);
      await gateReached(`gated-${kind}`);

      const added = { name: `added-${kind}`, workers: [kind], steps: [shell("print", "echo added")] };
      await master.changeBuilders((builders) => [...builders.filter(({ name }) => name !== `short-${kind}`), added]);
      expect((await master.worker(kind)).builders.toSorted()).toEqual(
        [...before.filter((name) => name !== `short-${kind}`), `added-${kind}`].toSorted(),
      );
      expect((await master.build(`added-${kind}`)).result).toBe("success");
      await expect(master.startBuild(`short-${kind}`)).rejects.toThrow("no builder named");

      openGate(`gated-${kind}`);
      const outcome = await running.finished();
      expect(outcome.result).toBe("success");
      expect(printed(outcome, "wait")).toBe("went on\n");
    });

    test("killed and restarted in mid-build, runs the build again on the worker that came back", async () => {
      worker = await startAttachedWorker(kind, master, { name: kind });
      const build = await master.startBuild(`retried-${kind}`);
      const pid = await pidOfFirstAttempt(`retried-${kind}`);

      await master.kill();
      await processesGone([pid]);
      await master.start();
      const outcome = await build.finished();

      expect(worker.running()).toBe(true);
      expect((await build.attempts()).map(({ result }) => result)).toEqual(["retry", "success"]);
      expect(printed(outcome, "run")).toBe("second attempt\n");
    });

    test("shuts the worker down once its build is done", async () => {
      worker = await startAttachedWorker(kind, master, { name: kind });
      const build = await master.startBuild(`last-${kind}`);
      await gateReached(`last-${kind}`);

      await master.shutDownWorker(kind, "maintenance");
      await poll("the worker to take no new builds", async () => (await master.worker(kind)).graceful);
      expect(worker.running()).toBe(true);
      openGate(`last-${kind}`);

      expect((await build.finished()).result).toBe("success");
      expect(await worker.exited).toEqual({ code: 0, signal: null });
    });
  });
});
