// Graceful shutdowns under a real master: what a worker is doing ends well, the worker ends with 0, and a build that comes
// later waits for the next worker.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type ChildProgram, startProgram } from "./support/child-program.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import {
  startAttachedWorker,
  testedKinds,
  type WorkerKind,
  type WorkerProcess,
  workerKinds,
} from "./support/worker-process.ts";

const buildhand = fileURLToPath(new URL("../../bin/buildhand.js", import.meta.url));

/** How people ask for it; the worker is one made with the options. */
interface Way {
  readonly name: string;
  readonly kinds: readonly WorkerKind[];
  readonly createOptions?: readonly string[];
  readonly tacLines?: readonly string[];
  /** What it logs, and how it ends. */
  readonly logged: string;
  readonly end?: { readonly code: number | null; readonly signal: string | null };
  /** Returns the programs that then wait for the end. */
  readonly ask: (worker: WorkerProcess) => readonly ChildProgram[];
}

const ways: readonly Way[] = [
  {
    name: "SIGHUP",
    kinds: testedKinds,
    createOptions: ["--allow-shutdown=signal"],
    logged: "Initiating shutdown because we got SIGHUP",
    ask(worker) {
      worker.signal("SIGHUP");
      return [];
    },
  },
  {
    name: "a touch of shutdown.stamp",
    kinds: testedKinds,
    createOptions: ["--allow-shutdown=file"],
    logged: "shutdown.stamp was touched",
    ask({ basedir }) {
      writeFileSync(join(basedir, "shutdown.stamp"), "");
      return [];
    },
  },
  {
    name: "SIGTERM with on_sigterm = 'drain'",
    kinds: ["buildhand"],
    tacLines: ["on_sigterm = 'drain'"],
    logged: "draining: requested by SIGTERM",
    end: { code: null, signal: "SIGTERM" },
    ask(worker) {
      worker.signal("SIGTERM");
      return [];
    },
  },
  {
    name: "stop --graceful",
    kinds: ["buildhand"],
    logged: "draining: requested by SIGUSR2",
    ask: (worker) => [stopGracefully(worker)],
  },
];

function stopGracefully({ basedir, pid }: WorkerProcess): ChildProgram {
  // A worker in the foreground writes none.
  writeFileSync(join(basedir, "twistd.pid"), String(pid));
  return startProgram([process.execPath, buildhand, "stop", "--graceful", basedir], basedir);
}

describeWithMaster("a graceful shutdown under a real master", () => {
  let scratch: string;
  let master: TestMaster;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-graceful-"));
    // The second step comes when the shutdown has been asked for already.
    const steps = [
      shell("wait", `touch ${scratch}/arrived; until test -e ${scratch}/open; do sleep 0.1; done; echo went on`),
      shell("next", "echo next"),
    ];
    master = await startMaster({
      workers: workerKinds.map((kind) => ({ name: kind, password: `${kind}-password` })),
      builders: workerKinds.flatMap((kind) => [{ name: `gated-${kind}`, workers: [kind], steps }]),
    });
  });
  afterEach(async () => {
    await worker?.stop();
    for (const file of ["arrived", "open"]) rmSync(join(scratch, file), { force: true });
  });
  afterAll(async () => {
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  const logs = () => ({ "the worker's log": worker?.log() ?? "" });
  const logged = (text: string) => poll(`"${text}" in the worker's log`, () => worker?.log().includes(text), { logs });

  test("stop --graceful leaves a worker alone that would die of it, and says so", async () => {
    worker = await startAttachedWorker("python", master, { name: "python" });
    const stop = stopGracefully(worker);
    expect((await stop.exited).code).toBe(1);
    expect(stop.output()).toMatch(new RegExp(`^process ${worker.pid} does not support a graceful stop.*\n$`));
    expect(worker.running()).toBe(true);
    expect((await master.worker("python")).connected).toBe(true);
  });

  describe.each(ways)("by $name", ({ name, kinds, createOptions = [], tacLines = [], logged: words, end, ask }) => {
    test.each(kinds)("lets the build on the %s worker end, and then the worker", async (kind) => {
      worker = await startAttachedWorker(kind, master, { name: kind, createOptions, tacLines });
      const build = await master.startBuild(`gated-${kind}`);
      await poll("the build to run", () => existsSync(join(scratch, "arrived")), { logs });
      const stops = ask(worker);
      await logged(words);
      await logged("Telling the master we want to shutdown after any running builds are finished");
      writeFileSync(join(scratch, "open"), "");
      const outcome = await build.finished();
      expect(outcome.result).toBe("success");
      expect([printed(outcome, "wait"), printed(outcome, "next")]).toEqual(["went on\n", "next\n"]);
      expect(await worker.exited).toEqual(end ?? { code: 0, signal: null });
      expect(worker.log()).toContain("worker shutting down on command from master");
      for (const stop of stops) expect((await stop.exited).code, stop.output()).toBe(0);
      await master.workerDetached(kind);
    });

    test.each(rowsOf(kinds, () => name === "SIGHUP"))("ends an idle %s worker", async (kind) => {
      worker = await startAttachedWorker(kind, master, { name: kind, createOptions, tacLines });
      await logged("worker is ready");
      const stops = ask(worker);
      expect(await worker.exited).toEqual(end ?? { code: 0, signal: null });
      for (const stop of stops) expect((await stop.exited).code, stop.output()).toBe(0);
      await master.workerDetached(kind);
    });
  });

  const protocols = rowsOf(["pb", "msgpack"] as const, (protocol) => protocol === "pb");
  test.each(protocols)("a worker with --once ends after one build over %s", async (protocol) => {
    const options = { name: "buildhand", protocol, tacLines: ["once = True", "drain_quiet = 3"] };
    worker = await startAttachedWorker("buildhand", master, options);
    const first = await master.startBuild("gated-buildhand");
    await poll("the build to run", () => existsSync(join(scratch, "arrived")), { logs });
    await logged("draining: requested by --once");
    const second = await master.startBuild("gated-buildhand");
    // A master that cannot be asked goes on with the next one at once.
    writeFileSync(join(scratch, "open"), "");
    const outcome = await first.finished();
    expect([outcome.result, printed(outcome, "next")]).toEqual(["success", "next\n"]);
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    await master.workerDetached("buildhand");
    if (protocol === "pb") worker = await startAttachedWorker("buildhand", master, options);
    expect((await second.finished()).result).toBe("success");
  });
});
