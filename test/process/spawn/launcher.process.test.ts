// The process that starts programs when there are many, and the runs of programs that it starts.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { systemText } from "../../../src/base/encoding/system-text.ts";
import { launchRun, type Run } from "../../../src/process/run/run.ts";
import type { OutputName, RunRequest } from "../../../src/process/run/run-request.ts";
import type { Launch } from "../../../src/process/spawn/exec-lookup.ts";
import { makePipes } from "../../../src/process/spawn/kernel-pipes.ts";
import {
  IDLE_LIMIT_MS,
  LAST_LOOK_MS,
  LAUNCH_LIMIT_MS,
  Launcher,
  RETRY_DELAY_MS,
} from "../../../src/process/spawn/launcher.ts";
import type { LaunchDescriptors } from "../../../src/process/spawn/launcher-protocol.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import {
  type ChildSource,
  launchOnPipes,
  type SpawnRequest,
  type SweepUnknown,
} from "../../../src/process/spawn/piped-child.ts";
import { newCookie } from "../../../src/process/tree/command-cookie.ts";
import { childrenOf, readProcess } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { isAlive, processState, runRequest, untilGone } from "../run-program.ts";

const pools: PipePool[] = [];
const strays: ChildProcess[] = [];
async function endAll(): Promise<void> {
  for (const pool of pools.splice(0)) pool.close();
  for (const stray of strays.splice(0)) stray.kill("SIGKILL");
  await poll("all launchers to end", () => launcherPids().length === 0);
}

interface Launching {
  readonly pool: PipePool;
  readonly launcher: Launcher;
  readonly failures: readonly (readonly [reason: string, lostCount: number])[];
}

async function launching(clock: Clock = systemClock): Promise<Launching> {
  const failures: [string, number][] = [];
  const launcher = new Launcher({ clock, onFailure: (...failure) => failures.push(failure) });
  const pool = new PipePool({ onFallback: expect.unreachable, launcher });
  pools.push(pool);
  pool.prepare();
  await poll("the launcher to be ready", () => launcher.isReady);
  return { pool, launcher, failures };
}

interface Launched {
  readonly run: Run;
  readonly printed: (name?: OutputName) => string;
}

async function launch(
  pipes: ChildSource,
  argv: readonly string[],
  changes: Partial<RunRequest> = {},
): Promise<Launched> {
  const texts = { stdout: "", stderr: "" };
  const onOutput = (name: OutputName, chunk: Buffer) => {
    texts[name] += chunk.toString("latin1");
  };
  const request = runRequest(pipes, argv, { onOutput, ...changes });
  const run = await launchRun(request, () => true);
  if (run === undefined) throw new Error("it was wanted");
  return { run, printed: (name = "stdout") => texts[name] };
}

const sh = (script: string) => ["sh", "-c", script];

/** Those that are children of `parent`. */
function launcherPids(parent = process.pid): readonly number[] {
  return childrenOf(parent).filter((pid) => commandLine(pid).startsWith("buildhand-launcher"));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

function parentOf(pid: number | undefined): number | undefined {
  return readProcess(pid ?? 0)?.parent;
}

describe("a program that the launcher starts", () => {
  let pool: PipePool;
  beforeAll(async () => {
    ({ pool } = await launching());
  });
  afterAll(endAll);

  test("is its child, and leads a session of its own", async () => {
    const { run, printed } = await launch(pool, sh("cut -d ' ' -f 4,6 /proc/$$/stat"));
    const [launcher] = launcherPids();
    await run.outcome;
    expect(printed()).toBe(`${launcher} ${run.pid}\n`);
  });

  test("has the same open, the same surroundings and the same words as one that we start", async () => {
    const ours = new PipePool({ onFallback: expect.unreachable });
    pools.push(ours);
    const script = `
      for fd in 0 1 2; do test -p /dev/fd/$fd && echo $fd; done
      ls /proc/$$/fd; pwd; env; umask; ulimit -a; grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; cat; printf '%s' "$@"`;
    const argv = ["sh", "-c", script, "sh", "é\n\u2028", systemText(Buffer.from([0xff, 0x80]))];
    const changes = { cwd: "/usr", env: { PATH: process.env["PATH"] ?? "", WORD: "é\n\u2028" } };
    const [launched, started] = await Promise.all([launch(pool, argv, changes), launch(ours, argv, changes)]);
    expect([await launched.run.outcome, await started.run.outcome]).toEqual([
      { type: "exited", code: 0, killedFor: undefined },
      { type: "exited", code: 0, killedFor: undefined },
    ]);
    expect(launched.printed()).toBe(started.printed());
    expect(launched.printed()).toContain("0\n1\n2\n");
    expect(launched.printed()).toContain("\xff\x80");
  });

  test.each([
    ["exit 3", { type: "exited", code: 3 }],
    ["kill -TERM $$", { type: "signaled", signal: "SIGTERM", signalNumber: 15 }],
    ["exec kill -9 $$", { type: "signaled", signal: "SIGKILL", signalNumber: 9 }],
  ])("ends as it does: %s", async (script, end) => {
    const { run } = await launch(pool, sh(script));
    expect(await run.outcome).toEqual({ ...end, killedFor: undefined });
  });

  test("gets its input, and loses nothing of what it prints", async () => {
    const stdin = Buffer.alloc(300_000, "0123456789\n");
    const { run, printed } = await launch(pool, sh("cat; echo err >&2"), { stdin });
    await run.outcome;
    expect(printed()).toBe(stdin.toString("latin1"));
    expect(printed("stderr")).toBe("err\n");
  });

  test("is killed with all its session", async () => {
    const { run, printed } = await launch(pool, sh("sleep 1000 & echo $!; wait"));
    await poll("the process id", () => printed().endsWith("\n"));
    run.interrupt("interrupted");
    expect(await run.outcome).toMatchObject({ type: "signaled", signal: "SIGKILL", killedFor: "interrupted" });
    await untilGone(Number(printed()));
  });

  test("is not started when there is none such, and the reason is the system's", async () => {
    for (const [argv, changes, reason] of [
      [["/no/such/program"], {}, /no such program/],
      [["/etc/passwd"], {}, /permission denied/],
      [["true"], { cwd: "/no/such" }, /there is no directory/],
      [["echo", "\0"], {}, /NUL byte/],
    ] as const) {
      const { run } = await launch(pool, argv, changes);
      const outcome = await run.outcome;
      expect(outcome.type).toBe("start-failed");
      expect(outcome.type === "start-failed" && outcome.error.message).toMatch(reason);
    }
    expect((await (await launch(pool, ["true"])).run.outcome).type).toBe("exited");
  });

  test("is ended by the kernel rather than the worker when memory runs out", async () => {
    const { run } = await launch(pool, ["sleep", "1000"]);
    const scoreOf = (pid: number | string | undefined) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "latin1"));
    await poll("the higher score", () => scoreOf(run.pid) > scoreOf("self"));
    run.kill();
    await run.outcome;
  });

  test("leaves its pipes to the next, unless somebody has them open still", async () => {
    const used = new Set<string>();
    await poll("a pipe that is used again", async () => {
      const { run, printed } = await launch(pool, sh("readlink /proc/$$/fd/1"));
      await run.outcome;
      return used.size === used.add(printed()).size;
    });
    const left = await launch(pool, sh("readlink /proc/$$/fd/1; sleep 1000 </dev/stdout >/dev/null 2>&1 & echo $!"));
    await left.run.outcome;
    const [leftsPipe, sleeper] = left.printed().trim().split("\n");
    const next = await launch(pool, sh("readlink /proc/$$/fd/1 /proc/$$/fd/2"));
    await next.run.outcome;
    process.kill(Number.parseInt(sleeper!, 10), "SIGKILL");
    expect(next.printed()).not.toContain(leftsPipe);
  });
});

describe("many at once", () => {
  afterEach(endAll);

  test("all end as they should", async () => {
    const { pool, failures } = await launching();
    const ends = Array.from({ length: 60 }, async (_, n) => {
      const { run, printed } = await launch(pool, sh(`echo ${n}; exit ${n}`));
      return { outcome: await run.outcome, text: printed() };
    });
    const expected = Array.from({ length: 60 }, (_, n) => ({
      outcome: { type: "exited", code: n, killedFor: undefined },
      text: `${n}\n`,
    }));
    expect(await Promise.all(ends)).toEqual(expected);
    expect(failures).toEqual([]);
  });
});

describe("a launcher", () => {
  afterEach(endAll);

  test("is not waited for: until it is ready, programs are children of ours", async () => {
    const launcher = new Launcher({ clock: systemClock, onFailure: expect.unreachable });
    const pool = new PipePool({ onFallback: expect.unreachable, launcher });
    pools.push(pool);
    pool.prepare();
    const { run } = await launch(pool, ["sleep", "1000"]);
    expect(parentOf(run.pid)).toBe(process.pid);
    run.kill();
    await run.outcome;
  });

  test("ends a minute after its last use, once nothing runs that it has started, and comes again when wanted", async () => {
    const clock = new ManualClock();
    const { pool, launcher, failures } = await launching(clock);
    const [pid] = launcherPids() as [number];
    const { run } = await launch(pool, ["sleep", "1000"]);
    clock.advance(3 * IDLE_LIMIT_MS);
    expect(launcher.isReady).toBe(true);
    run.kill();
    await run.outcome;
    clock.advance(IDLE_LIMIT_MS);
    expect(launcher.isReady).toBe(false);
    await poll("the launcher to be reaped", () => processState(pid) === undefined);
    expect(clock.timerCount).toBe(0);
    pool.prepare();
    await poll("the launcher to be ready", () => launcher.isReady);
    expect(failures).toEqual([]);
  });

  test("does not end for signals that concern the worker", async () => {
    const { pool } = await launching();
    const [pid] = launcherPids() as [number];
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
      process.kill(pid, signal);
      const { run } = await launch(pool, ["true"]);
      expect(await run.outcome, signal).toMatchObject({ type: "exited", code: 0 });
    }
    expect(launcherPids()).toEqual([pid]);
  });

  test("that is killed takes its programs with it, and is not restarted for a minute", async () => {
    const clock = new ManualClock();
    const { pool, launcher, failures } = await launching(clock);
    const [pid] = launcherPids() as [number];
    let lost = 0;
    const onLost = () => {
      lost += 1;
    };
    const script = "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; setsid env -i sleep 1000 & echo $!; wait";
    const { run, printed } = await launch(pool, sh(script), { onLost });
    await poll("three process ids", () => printed().split("\n").length > 3);
    process.kill(pid, "SIGKILL");
    expect(await run.outcome).toEqual({ type: "signaled", signal: "SIGKILL", signalNumber: 9, killedFor: undefined });
    expect([run.pid ?? 0, ...printed().trim().split("\n").map(Number)].filter(isAlive)).toEqual([]);
    expect(lost).toBe(1);
    expect(failures).toEqual([["it ended with SIGKILL", 1]]);
    pool.prepare();
    expect(launcherPids()).toEqual([]);
    const { run: next } = await launch(pool, ["true"]);
    expect(await next.outcome).toMatchObject({ type: "exited", code: 0 });
    clock.advance(RETRY_DELAY_MS);
    pool.prepare();
    await poll("the launcher to be ready", () => launcher.isReady);
  });

  test("that does not answer is killed; only the program that it may have started is reported as failed", async () => {
    const clock = new ManualClock();
    const { pool, failures } = await launching(clock);
    const [pid] = launcherPids() as [number];
    process.kill(pid, "SIGSTOP");
    const runs = [launch(pool, ["true"]), launch(pool, sh("exit 3")), launch(pool, sh("exit 4"))];
    clock.advance(LAUNCH_LIMIT_MS + LAST_LOOK_MS);
    const outcomes = await Promise.all(runs.map(async (run) => (await run).run.outcome));
    expect(outcomes).toMatchObject([
      { type: "start-failed" },
      { type: "exited", code: 3 },
      { type: "exited", code: 4 },
    ]);
    const [first] = outcomes;
    expect(first?.type === "start-failed" && first.error.message).toMatch(/it did not answer for 30 s/);
    expect(failures).toEqual([["it did not answer for 30 s", 0]]);
    await poll("the launcher to be reaped", () => processState(pid) === undefined);
  });

  test("whose answer is there at the second look, as after we were suspended too, continues", async () => {
    const clock = new ManualClock();
    const { pool, failures } = await launching(clock);
    const [pid] = launcherPids() as [number];
    process.kill(pid, "SIGSTOP");
    const run = launch(pool, ["true"]);
    clock.advance(LAUNCH_LIMIT_MS);
    process.kill(pid, "SIGCONT");
    expect(await (await run).run.outcome).toMatchObject({ type: "exited", code: 0 });
    clock.advance(LAST_LOOK_MS);
    expect(failures).toEqual([]);
    expect(launcherPids()).toEqual([pid]);
  });

  test("that answers in the moment it is killed has nothing started twice", async () => {
    const clock = new ManualClock();
    const { pool } = await launching(clock);
    const [pid] = launcherPids() as [number];
    const directory = mkdtempSync(join(tmpdir(), "buildhand-launcher-"));
    process.kill(pid, "SIGSTOP");
    const runs = ["a", "b"].map((name) => launch(pool, sh(`echo >>${name}; exec sleep 1000`), { cwd: directory }));
    clock.advance(LAUNCH_LIMIT_MS);
    process.kill(pid, "SIGCONT");
    // Not a poll, since nothing may be heard meanwhile.
    const end = performance.now() + 30_000;
    const areStarted = () => childrenOf(pid).length > 1 && readdirSync(directory).includes("a");
    while (!areStarted() && performance.now() < end);
    expect(areStarted()).toBe(true);
    clock.advance(LAST_LOOK_MS);
    const outcomes = await Promise.all(runs.map(async (run) => (await run).run.outcome));
    expect(outcomes[0]).toMatchObject({ type: "signaled", signal: "SIGKILL" });
    expect(outcomes[1]?.type).toMatch(/^(signaled|start-failed)$/);
    expect(readFileSync(join(directory, "a"), "latin1")).toBe("\n");
    expect(existsSync(join(directory, "b")) ? readFileSync(join(directory, "b"), "latin1") : "").toMatch(/^\n?$/);
    rmSync(directory, { recursive: true });
  });

  test("that is gone before it reports a start leaves nothing running of it", async () => {
    const pids: number[] = [];
    for (const argv of [
      ["sleep", "1000"],
      ["env", "-i", "sleep", "1000"],
    ]) {
      const pipes = makePipes(3);
      const givenBack = () => pipes.splice(0).map(closeSync);
      const gone = async (program: Launch, descriptors: LaunchDescriptors) => {
        const flags = [constants.O_RDONLY, constants.O_WRONLY, constants.O_WRONLY];
        const stdio = descriptors.map((fd, place) => openSync(`/proc/self/fd/${fd}`, flags[place] ?? 0));
        const [file = "", ...args] = program.argv;
        const child = spawn(file, args, { cwd: program.cwd, env: program.env, stdio, detached: true });
        for (const fd of stdio) closeSync(fd);
        pids.push(child.pid ?? 0);
        throw new Error("gone");
      };
      const [stdin = 0, stdout = 0, stderr = 0] = pipes;
      const source = {
        spawn: () => expect.unreachable(),
        launch: (program: SpawnRequest, sweep: SweepUnknown) =>
          launchOnPipes(program, { pipes: { stdin, stdout, stderr }, returnPipes: givenBack, sweep, launch: gone }),
      };
      const { run } = await launch(source, argv, { cookie: newCookie() });
      expect((await run.outcome).type).toBe("start-failed");
      expect(pipes).toEqual([]);
    }
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("whose worker is killed kills what it has started", async () => {
    const script = `
      import { Launcher } from ${JSON.stringify(fileURLToPath(new URL("../../../dist/process/spawn/launcher.js", import.meta.url)))};
      import { PipePool } from ${JSON.stringify(fileURLToPath(new URL("../../../dist/process/spawn/pipe-pool.js", import.meta.url)))};
      const launcher = new Launcher({
        clock: { nowMs: () => 0, after: () => ({ cancel() {} }) },
        onFailure: (reason) => { throw new Error(reason); },
      });
      const pool = new PipePool({ onFallback: (reason) => { throw new Error(reason); }, launcher });
      pool.prepare();
      while (!launcher.isReady) await new Promise((resolve) => setTimeout(resolve, 5));
      const { child } = await pool.launch({ argv: ["sleep", "1000"], cwd: "/", env: process.env, withInput: false });
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const worker = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    strays.push(worker);
    let text = "";
    worker.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await poll("the process id", () => text.endsWith("\n"));
    const [launcher = 0] = launcherPids(worker.pid);
    expect(parentOf(Number(text))).toBe(launcher);
    worker.kill("SIGKILL");
    await untilGone(Number(text), launcher);
  });
});
