// What a worker needs of every system's processes: starting, listing, killing. One table of cases for all systems, in programs
// of Node.js, which there are everywhere; what a system cannot do is one of its abilities.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { hasProc } from "../../../src/base/platform.ts";
import { delay } from "../../../src/base/waiting.ts";
import { isAlive, startedAtMs } from "../../../src/daemon/process-table.ts";
import { Supervisor } from "../../../src/process/crash-safety/supervisor.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import {
  isStillThere,
  loadProcessSupport,
  newCookie,
  openTree,
  signalProcess,
  sweep,
} from "../../../src/process/tree/index.ts";
import { poll } from "../../support/poll.ts";
import { rowsOf } from "../../support/sized.ts";
import { runProgram, type WatchedRun, watchRun } from "../run-program.ts";

export interface ProcessAbilities {
  /** A shell kills the commands of a worker that was killed. */
  readonly hasSupervisor: boolean;
  /** A program may end by itself after SIGTERM. */
  readonly hasSigterm: boolean;
  /** What a command leaves running is reported even if it is kept. */
  readonly reportsKept: boolean;
  /** A process may stay unseen, which is said whenever something is killed. */
  readonly hasBlindSpot: boolean;
}

/** Longer than any test. */
const SLEEP = "setInterval(() => {}, 1e6);";
/** Prints the pid of a process that it starts, which sleeps. */
const startSleeper = (options: string, then = "") => `
  const { spawn } = require("node:child_process");
  const sleeper = spawn(process.execPath, ["-e", ${JSON.stringify(SLEEP)}], { ${options} });
  sleeper.unref();
  process.stdout.write("pid " + sleeper.pid + "\\n");
  ${then}`;
const SILENT = `stdio: "ignore"`;

/** A number that no process has. */
const NOBODYS_PID = 2 ** 22 + 1;
/** `ps` counts whole seconds, and so does the clock of the boot. */
const START_SLACK_MS = 3000;

export function describeProcesses(system: string, abilities: ProcessAbilities): void {
  const { hasSupervisor, hasSigterm, reportsKept, hasBlindSpot } = abilities;
  const pipes = new PipePool({ onFallback: () => {} });
  const strays: number[] = [];
  let directory = "";
  const node = (script: string, ...args: readonly string[]) => [process.execPath, "-e", script, ...args];
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const changed = (changes: Parameters<typeof watchRun>[2]) => ({ cwd: directory, env, ...changes });
  const start = (script: string, changes: Parameters<typeof watchRun>[2] = {}) =>
    watchRun(pipes, node(script), changed({ cookie: newCookie(), ...changes }));
  const printedPid = async ({ untilPrinted, printed }: WatchedRun) => {
    await untilPrinted("\n");
    const pid = Number(/pid (\d+)\n/.exec(`${printed("stdout")}`)?.[1]);
    strays.push(pid);
    return pid;
  };
  const gone = (pid: number) => poll(`the end of ${pid}`, () => !isAlive(pid));
  const unseen = hasBlindSpot ? { unseen: expect.stringContaining("this system has no /proc") } : {};

  describe(system, () => {
    beforeAll(async () => {
      await loadProcessSupport();
      directory = realpathSync(mkdtempSync(join(tmpdir(), "buildhand-port-")));
    });
    afterEach(() => {
      for (const pid of strays.splice(0)) signalProcess(pid, "SIGKILL");
    });
    afterAll(() => {
      pipes.close();
      rmSync(directory, { recursive: true });
    });

    describe("a program", () => {
      test("ends with its status, and its outputs are complete and separate", async () => {
        const script = `process.stdout.write("x".repeat(300000)); process.stderr.write("no\\n"); process.exitCode = 3;`;
        const { outcome, stdout, stderr } = await runProgram(pipes, node(script), changed({}));
        expect(outcome).toEqual({ type: "exited", code: 3, killedFor: undefined });
        expect([stdout.length, stderr]).toEqual([300_000, "no\n"]);
      });

      test("has the directory, the variables and the arguments that were given", async () => {
        const script = "console.log(JSON.stringify([process.cwd(), process.env.GREETING, process.argv.slice(1)]))";
        const argv = node(script, "a b", 'c"d', "", "é");
        const { stdout } = await runProgram(pipes, argv, changed({ env: { ...env, GREETING: "good day" } }));
        expect(JSON.parse(stdout)).toEqual([directory, "good day", ["a b", 'c"d', "", "é"]]);
      });

      test("reads its input to the end", async () => {
        const stdin = Buffer.from("line\n".repeat(50_000));
        const script = `let size = 0; process.stdin.on("data", (chunk) => { size += chunk.length; }).on("end", () => console.log(size));`;
        expect((await runProgram(pipes, node(script), changed({ stdin }))).stdout).toBe(`${stdin.length}\n`);
        expect((await runProgram(pipes, node(script), changed({}))).stdout).toBe("0\n");
      });

      test("that does not exist is an outcome with its reason", async () => {
        const { outcome } = await runProgram(pipes, [join(directory, "no-such-program")], changed({}));
        expect(outcome).toMatchObject({ type: "start-failed" });
        expect(outcome.type === "start-failed" && outcome.error.message).toContain("no such program");
      });
    });

    test("a run whose program prints nothing ends after its timeout", async () => {
      const { outcome, run, kills } = start(SLEEP, { limits: { idleTimeoutMs: 300 } });
      expect(await outcome).toMatchObject({ killedFor: "idle-timeout", ...unseen });
      expect(await outcome).not.toHaveProperty("leftRunning");
      expect(kills).toEqual(["idle-timeout"]);
      await gone(run.pid!);
    });

    const children = [
      ["a child in its group", startSleeper(SILENT, SLEEP)],
      ["a child that has its output open", startSleeper(`stdio: "inherit"`, SLEEP)],
      ["a child in a session of its own", startSleeper(`${SILENT}, detached: true`, SLEEP)],
      ["a child in its group whose parent is gone", startSleeper(`stdio: "inherit"`)],
      ["a child in a session of its own whose parent is gone", startSleeper(`stdio: "inherit", detached: true`)],
    ] as const;
    /** On Linux, killing-table.process.test.ts has the others too. */
    const isTypical = (_child: unknown, index: number) => !hasProc || index === children.length - 1;

    describe.runIf(hasSupervisor)("a run whose worker is gone leaves nothing:", () => {
      test.each(rowsOf(children, isTypical))("%s", async (_what, script) => {
        const supervisor = new Supervisor({ clock: systemClock, controlGroups: "off", onFailure: expect.unreachable });
        supervisor.prepare();
        const cookie = newCookie();
        const watched = start(script, { cookie });
        const tree = openTree({ clock: systemClock, leaderPid: watched.run.pid!, cookie, outputInodes: () => [] });
        supervisor.enlist(tree);
        const pid = await printedPid(watched);
        await supervisor.close();
        await gone(pid);
        await gone(watched.run.pid!);
        await watched.outcome;
      });
    });

    describe("a run that is killed leaves nothing:", () => {
      test.each(rowsOf(children, isTypical))("%s", async (_what, script) => {
        const watched = start(script);
        const pid = await printedPid(watched);
        watched.run.interrupt("interrupted");
        expect(await watched.outcome).toMatchObject({ killedFor: "interrupted", ...unseen });
        expect(await watched.outcome).not.toHaveProperty("leftRunning");
        await gone(pid);
      });

      test.runIf(hasSigterm)("after SIGTERM, and time to end by itself", async () => {
        const script = `process.on("SIGTERM", () => { console.log("asked"); process.exit(0); }); console.log("ready"); ${SLEEP}`;
        const { run, outcome, untilPrinted, printed } = start(script, { limits: { sigtermGraceMs: 60_000 } });
        await untilPrinted("ready");
        run.interrupt("interrupted");
        expect(await outcome).toMatchObject({ type: "exited", code: 0, killedFor: "interrupted" });
        expect(`${printed("stdout")}`).toContain("asked");
      });
    });

    describe("a run that ends by itself", () => {
      test("keeps what it started", async () => {
        const watched = start(startSleeper(SILENT));
        const pid = await printedPid(watched);
        const { leftRunning = [], ...rest } = await watched.outcome;
        expect(rest).toEqual({ type: "exited", code: 0, killedFor: undefined });
        expect(leftRunning.map((one) => one.pid)).toEqual(reportsKept ? [pid] : []);
        expect(isAlive(pid)).toBe(true);
      });

      const places = [
        ["in a session of its own", `${SILENT}, detached: true`],
        ["in its group", SILENT],
      ] as const;
      test.each(rowsOf(places, (_place, index) => !hasProc || index === 0))(
        "kills what it started %s if nothing may be left, and says what that was",
        async (_where, options) => {
          const watched = start(startSleeper(options), { leftovers: "kill" });
          const pid = await printedPid(watched);
          const { leftKilled = [], ...rest } = await watched.outcome;
          expect(rest).toEqual({ type: "exited", code: 0, killedFor: undefined, ...unseen });
          expect(leftKilled.map((one) => one.pid)).toEqual([pid]);
          await gone(pid);
        },
      );

      test("says nothing when there is nothing to kill", async () => {
        const { outcome } = await runProgram(pipes, node(""), changed({ cookie: newCookie(), leftovers: "kill" }));
        expect(outcome).toEqual({ type: "exited", code: 0, killedFor: undefined });
      });
    });

    describe("the processes of a run", () => {
      test("are listed with their parents and their programs until they are killed", async () => {
        const watched = start(startSleeper(SILENT, SLEEP));
        const pid = await printedPid(watched);
        const leaderPid = watched.run.pid!;
        const tree = openTree({ clock: systemClock, leaderPid, cookie: undefined, outputInodes: () => [] });
        const running = (await tree.running()) ?? [];
        expect(running.map((one) => one.pid).toSorted((a, b) => a - b)).toEqual([leaderPid, pid]);
        expect(running.find((one) => one.pid === pid)).toMatchObject({ parent: leaderPid });
        for (const { program } of running) expect(program).toMatch(/^(?:node|MainThread)/);
        expect(running.map(isStillThere)).toEqual([true, true]);
        expect(await tree.isRunning()).toBe(true);
        watched.run.kill();
        await watched.outcome;
        tree.noteLeaderReaped();
        expect(await sweep(tree, systemClock)).toEqual([]);
        expect(await tree.running()).toEqual([]);
        await gone(pid);
        expect(running.map(isStillThere)).toEqual([false, false]);
      });

      test("get no signal once their tree is released", async () => {
        const watched = start(startSleeper(SILENT, SLEEP));
        const pid = await printedPid(watched);
        const tree = openTree({
          clock: systemClock,
          leaderPid: watched.run.pid!,
          cookie: undefined,
          outputInodes: () => [],
        });
        tree.release();
        expect(await tree.signal("SIGKILL")).toEqual([]);
        await delay(systemClock, 50);
        expect(isAlive(pid)).toBe(true);
        watched.run.kill();
        await watched.outcome;
      });
    });

    describe("a process by its pid", () => {
      test("is alive until it ends, and started when it did", async () => {
        const beforeMs = Date.now();
        const { run, outcome } = start(SLEEP);
        expect(isAlive(run.pid!)).toBe(true);
        const startedMs = startedAtMs(run.pid!) ?? Number.NaN;
        expect(Math.abs(startedMs - beforeMs)).toBeLessThan(START_SLACK_MS);
        run.kill();
        await outcome;
        await poll("its end", () => !isAlive(run.pid!));
      });

      test("that nobody has is not alive, and has no start", () => {
        expect([isAlive(NOBODYS_PID), startedAtMs(NOBODYS_PID)]).toEqual([false, undefined]);
      });
    });
  });
}
