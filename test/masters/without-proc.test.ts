// A worker on a system without /proc, as macOS and FreeBSD are, under a real master: what it does as elsewhere, and what it
// says about what it cannot do.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { killWorker, pidOf } from "../daemon/background-workers.ts";
import { isAlive } from "../process/run-program.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { noSystemWithoutProc, type SystemWithoutProc, systemWithoutProc } from "../support/without-proc.ts";
import { BUILDBOT_WORKER, describeWithMaster } from "./support/availability.ts";
import { type BuildOutcome, printed } from "./support/build-outcome.ts";
import type { CommandEnd } from "./support/command-line.ts";
import { type StepDescription, shell } from "./support/description.ts";
import { processesGone } from "./support/left-processes.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { programs, startAttachedWorker, type WorkerOptions, type WorkerProcess } from "./support/worker-process.ts";

const WORKER = "w";
const PASSWORD = "w-password";
const SILENT = "</dev/null >/dev/null 2>&1";
const LINE_COUNT = 20_000;
const PARTLY_BLIND =
  "buildhand: this system has no /proc: a process that left the command's process group is found only";
const BLIND =
  "buildhand: this system has no /proc, and ps does not list processes: only the command's process group was";

/**
 * Starts a process in the group, one in a session of its own, and one there whose parent is gone. Their pids are printed, and
 * in a file.
 */
const threeProcesses = `
  sleep 600 ${SILENT} & echo pid $! | tee pids
  setsid sh -c 'echo pid $$ | tee -a pids; exec sleep 600 ${SILENT}' &
  (setsid sh -c 'echo pid $$ | tee -a pids; exec sleep 600 ${SILENT}' &)
  sleep 1; echo ready`;

const builds = (scratch: string): Readonly<Record<string, readonly StepDescription[]>> => ({
  project: [
    { type: "MakeDirectory", args: { dir: "build/tree" } },
    shell("list", ["sh", "-c", "echo listed; echo complained >&2; exit 3"], { flunkOnFailure: false }),
    shell("string", `echo "$GREETING" > tree/file; pwd; printf '\\377\\n'`, { env: { GREETING: "good day" } }),
    shell("stdin", ["cat"], { initialStdin: "first\nsecond\n" }),
    shell("lines", ["seq", "1", String(LINE_COUNT)]),
    shell("missing", ["/nowhere/no-such-program"], { flunkOnFailure: false }),
    { type: "CopyDirectory", args: { src: "build/tree", dest: "build/copy" } },
    { type: "FileExists", args: { file: "build/copy/file" } },
    { type: "FileUpload", args: { workersrc: "copy/file", masterdest: join(scratch, "uploaded") } },
    { type: "FileDownload", args: { mastersrc: join(scratch, "uploaded"), workerdest: "downloaded" } },
    { type: "DirectoryUpload", args: { workersrc: "copy", masterdest: join(scratch, "directory") } },
    shell("read", "cat downloaded; chmod 500 tree"),
    { type: "RemoveDirectory", args: { dir: "build/tree" } },
    shell("look", "ls"),
  ],
  timeout: [shell("hang", `${threeProcesses}; sleep 600`, { timeout: 3 })],
  endless: [shell("hang", `${threeProcesses}; sleep 600`)],
  leaving: [shell("leave", threeProcesses)],
  terminal: [shell("print", "test -t 0 && test -t 1 && test -t 2 && echo a terminal; exit 5", { usePTY: true })],
  "terminal-timeout": [shell("hang", `${threeProcesses}; sleep 600`, { usePTY: true, timeout: 3 })],
});

describeWithMaster("under a real master", () => {
  describe.skipIf(noSystemWithoutProc !== "")(`a worker without /proc${noSystemWithoutProc}`, () => {
    let scratch: string;
    let master: TestMaster;
    let system: SystemWithoutProc;
    let worker: WorkerProcess | undefined;
    const build = (name: string): Promise<BuildOutcome> => master.build(name);

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "buildhand-without-proc-"));
      system = systemWithoutProc();
      master = await startMaster({
        workers: [{ name: WORKER, password: PASSWORD }],
        builders: Object.entries(builds(scratch)).map(([name, steps]) => ({ name, steps, workers: [WORKER] })),
      });
    });
    afterEach(async () => {
      await worker?.stop();
      worker = undefined;
      await master.workerDetached(WORKER);
    });
    afterAll(async () => {
      await master?.end();
      system?.remove();
      rmSync(scratch, { recursive: true, force: true });
    });

    async function attached(options: Partial<WorkerOptions> = {}): Promise<WorkerProcess> {
      worker = await startAttachedWorker("buildhand", master, { name: WORKER, under: system.words([]), ...options });
      return worker;
    }
    const pidsIn = (text: string) => {
      const pids = [...text.matchAll(/^pid (\d+)\s*$/gm)].map(([, pid]) => Number(pid));
      expect(pids).toHaveLength(3);
      return pids;
    };

    test("says once at its start what it cannot do", async () => {
      const started = await attached();
      await build("timeout");
      const lost = started
        .log()
        .split("\n")
        .filter((line) => line.includes("without /proc,") || line.includes("has no /proc."))
        .map((line) => line.replace(/^\S+ \S+ \[-\] /, ""));
      expect(lost).toEqual([
        expect.stringMatching(/^this linux system has no \/proc\. Buildhand was not run on macOS or FreeBSD/),
        expect.stringContaining("a kill misses a process that left the process group"),
        expect.stringContaining("commands whose worker and its supervisor were both killed"),
        expect.stringContaining("processes that a command leaves running are not reported"),
        expect.stringContaining("no report about the processes at a timeout"),
        expect.stringContaining("the work of rmdir and cpdir is not noticed"),
        expect.stringContaining("socket pairs instead of pipes"),
        expect.stringContaining("stop and status recognize a worker by its name and start time"),
      ]);
      expect(started.log()).not.toContain("cannot create pipes");
    });

    const protocols = rowsOf(["pb", "msgpack"] as const, (protocol) => protocol === "pb");
    test.each(protocols)("runs all kinds of steps over %s", async (protocol) => {
      await attached({ protocol });
      const outcome = await build("project");
      const failed = outcome.steps.filter(({ result }) => result !== "success").map(({ name }) => name);
      // No master can send downloads over MessagePack.
      expect(failed).toEqual(protocol === "pb" ? ["list", "missing"] : ["list", "missing", "download"]);
      if (protocol === "msgpack") return;
      expect(printed(outcome, "list") + printed(outcome, "list", "stderr")).toBe("listed\ncomplained\n");
      expect(printed(outcome, "string")).toMatch(/\/project\/build\n\ufffd\n$/);
      expect(printed(outcome, "stdin")).toBe("first\nsecond\n");
      expect(printed(outcome, "lines").split("\n")).toHaveLength(LINE_COUNT + 1);
      expect(printed(outcome, "missing", "stderr")).toContain("no such program");
      expect(printed(outcome, "read")).toBe("good day\n");
      expect(printed(outcome, "look")).toBe("copy\ndownloaded\n");
      expect(readFileSync(join(scratch, "directory", "file"), "utf8")).toBe("good day\n");
    });

    const timeouts = rowsOf(["timeout", "terminal-timeout"], (name) => name !== "timeout");
    test.each(timeouts)("leaves nothing of %s, and names what it cannot see", async (name) => {
      await attached();
      const outcome = await build(name);
      expect(outcome.result).toBe("failure");
      const header = printed(outcome, "hang", "header");
      expect(header).toContain("command timed out: 3 seconds without output");
      expect(header.split(PARTLY_BLIND)).toHaveLength(2);
      await processesGone(pidsIn(printed(outcome, "hang")));
    });

    test("leaves nothing of a build that is stopped", async () => {
      await attached();
      const running = await master.startBuild("endless");
      await running.logLine("hang", /^ready$/);
      await running.stop("enough");
      const outcome = await running.finished();
      expect(outcome.result).toBe("cancelled");
      await processesGone(pidsIn(printed(outcome, "hang")));
    });

    test("leaves nothing of its commands when it is killed", async () => {
      const killed = await attached();
      const running = await master.startBuild("endless");
      await running.logLine("hang", /^ready$/);
      await killed.kill();
      await processesGone(pidsIn(readFileSync(join(killed.basedir, "endless/build/pids"), "utf8")));
      // The master builds again what a lost worker has not finished.
      await attached();
      await poll("the second attempt", async () => (await running.attempts()).length > 1);
      await running.logLine("hang", /^ready$/);
      await running.stop("enough");
      await running.finished();
    });

    test("keeps what a step left running, without a word about it", async () => {
      await attached();
      const outcome = await build("leaving");
      expect(outcome.result).toBe("success");
      expect(printed(outcome, "leave", "header")).not.toContain("buildhand: ");
      const pids = pidsIn(printed(outcome, "leave"));
      expect(pids.map(isAlive)).toEqual([true, true, true]);
      for (const pid of pids) process.kill(pid, "SIGKILL");
    });

    test("kills what a step left running if it may leave nothing, and says so", async () => {
      const started = await attached({ startOptions: ["--leftovers=kill"] });
      expect(started.log()).toContain(
        "without /proc, leftovers = 'kill' runs ps after each command, and misses the same",
      );
      const outcome = await build("leaving");
      expect(outcome.result).toBe("success");
      const header = printed(outcome, "leave", "header");
      expect(header).toContain("buildhand: killed leftover processes: process ");
      expect(header).toContain(PARTLY_BLIND);
      await processesGone(pidsIn(printed(outcome, "leave")));
    });

    rareTest("gives a command a terminal", 600_000, async () => {
      await attached();
      const outcome = await build("terminal");
      expect(printed(outcome, "print")).toBe("a terminal\n");
      expect(printed(outcome, "print", "header")).toContain("program finished with exit code 5");
    });

    rareTest("kills only process groups if ps does not work, and says so", 600_000, async () => {
      const broken = systemWithoutProc("broken");
      const started = await attached({ under: broken.words([]), startOptions: ["--leftovers=kill"] });
      expect(started.log()).toContain(
        "a kill misses every process that left the process group of its command, since ps does not",
      );
      const killed = await build("timeout");
      expect(printed(killed, "hang", "header")).toContain(BLIND);
      const left = await build("leaving");
      expect(printed(left, "leave", "header")).toContain(BLIND);
      for (const [outcome, step] of [
        [killed, "hang"],
        [left, "leave"],
      ] as const) {
        const [inGroup = 0, ...others] = pidsIn(printed(outcome, step));
        await processesGone([inGroup]);
        expect(others.map(isAlive)).toEqual([true, true]);
        for (const pid of others) process.kill(pid, "SIGKILL");
      }
      await worker?.stop();
      broken.remove();
    });

    describe("on the command line", () => {
      let basedir: string;
      let stranger: ReturnType<typeof spawn>;
      let count = 0;
      const pidFile = () => join(basedir, "twistd.pid");

      function run(...argv: readonly string[]): Promise<CommandEnd> {
        const [file = "", ...args] = system.words([...programs.buildhand, ...argv]);
        const env = { HOME: tmpdir(), LANG: "C.UTF-8", PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
        return new Promise((resolve) => {
          const child = execFile(file, args, { env, timeout: 120_000 }, (_error, printed, complained) =>
            resolve({ code: child.exitCode, printed, complained }),
          );
        });
      }

      beforeAll(async () => {
        stranger = spawn("sleep", ["1000"], { stdio: "ignore" });
      });
      afterEach(() => killWorker(basedir));
      afterAll(() => void stranger.kill());

      async function create(): Promise<void> {
        count += 1;
        basedir = join(master.root, `by-command-line-${count}`);
        const address = `127.0.0.1:${master.ports.pb}`;
        expect((await run("create-worker", basedir, address, WORKER, PASSWORD)).code).toBe(0);
      }

      const logText = () =>
        existsSync(join(basedir, "twistd.log")) ? readFileSync(join(basedir, "twistd.log"), "utf8") : "";

      /** Runs what starts a worker, and waits until the master has done all that belongs to attaching it. */
      async function attaching(act: () => Promise<unknown>): Promise<void> {
        const greetings = () => logText().split("message from master: attached").length - 1;
        const before = greetings();
        await act();
        await master.workerAttached(WORKER);
        // One for the worker and one for each builder. A master whose worker goes before that forgets that it has gone.
        await poll("the master's greetings", () => greetings() > before + Object.keys(builds("")).length);
      }

      async function started(): Promise<number> {
        await attaching(async () => {
          const { code, printed } = await run("start", basedir);
          expect([code, printed]).toEqual([0, expect.stringContaining("started correctly")]);
        });
        return pidOf(basedir);
      }

      test("it is started once, restarted, asked and stopped", async () => {
        await create();
        const pid = await started();
        expect(await run("start", basedir)).toMatchObject({
          code: 1,
          complained: expect.stringContaining(`PID ${pid} `),
        });
        expect((await run("status", basedir)).printed).toContain("attached to");
        const { printed: report } = await run("doctor", basedir);
        expect(report).toContain(`a worker is running here, process ${pid}`);
        expect(report).toContain("this system has no /proc");
        await attaching(async () => expect((await run("restart", basedir)).code).toBe(0));
        const next = pidOf(basedir);
        expect(next).not.toBe(pid);
        expect(isAlive(pid)).toBe(false);
        expect(await run("stop", "--graceful", basedir), logText()).toMatchObject({ code: 0 });
        expect(isAlive(next)).toBe(false);
        expect(existsSync(pidFile())).toBe(false);
        expect(await run("stop", basedir)).toMatchObject({ code: 0, printed: "worker not running\n" });
      });

      test("a stranger with the pid of an old pid file is spared, and does not prevent a start", async () => {
        await create();
        writeFileSync(pidFile(), String(stranger.pid));
        const hourAgo = new Date(Date.now() - 3_600_000);
        utimesSync(pidFile(), hourAgo, hourAgo);
        for (const options of [[], ["--graceful"]]) {
          expect(await run("stop", ...options, basedir)).toMatchObject({ code: 0 });
        }
        const pid = await started();
        expect(isAlive(stranger.pid!)).toBe(true);
        expect(await run("stop", basedir)).toMatchObject({ printed: `worker process ${pid} is dead\n` });
      });

      rareTest("a stranger that ps does not show to be a worker is spared, whenever it started", 600_000, async () => {
        await create();
        writeFileSync(pidFile(), String(stranger.pid));
        const now = new Date();
        utimesSync(pidFile(), now, now);
        for (const options of [[], ["--graceful"]]) {
          expect(await run("stop", ...options, basedir)).toMatchObject({
            code: 1,
            printed: expect.stringContaining(
              `cannot stop process ${stranger.pid}: ps does not show that it is the worker`,
            ),
          });
        }
        expect(isAlive(stranger.pid!)).toBe(true);
        rmSync(pidFile());
      });

      rareTest("a worker of Buildbot is stopped, but not gracefully", 600_000, async () => {
        await create();
        await attaching(async () => {
          const python = spawn(BUILDBOT_WORKER, ["start", basedir], { stdio: "ignore" });
          await once(python, "exit");
        });
        const pid = pidOf(basedir);
        expect(await run("stop", "--graceful", basedir)).toMatchObject({ code: 1 });
        expect(isAlive(pid)).toBe(true);
        expect(await run("stop", basedir)).toMatchObject({ code: 0, printed: `worker process ${pid} is dead\n` });
        expect(isAlive(pid)).toBe(false);
      });
    });
  });
});
