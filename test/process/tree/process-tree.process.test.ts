// What a command starts, wherever it goes, when the command is ended before its time, and when it ends by itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { HELD_OUTPUT_MS } from "../../../src/process/run/open-output-wait.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { newCookie } from "../../../src/process/tree/command-cookie.ts";
import { type ListedProcess, readProcess, ticksNow } from "../../../src/process/tree/process-list.ts";
import { ProcessTree } from "../../../src/process/tree/process-tree.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { rareTest } from "../../support/sized.ts";
import { isAlive, killRunning, pushUntilOver, untilGone, type WatchedRun, watchRun } from "../run-program.ts";

const pipes = new PipePool({ onFallback: () => {} });
const strays: number[] = [];
afterEach(() => {
  killRunning(strays.splice(0));
});
afterAll(() => pipes.close());

const sh = (script: string) => ["sh", "-c", script];

/** Starts the script and waits for the line `pid NUMBER` of the process it is about. */
async function startEscape(script: string, changes: Parameters<typeof watchRun>[2] = {}) {
  const watched = watchRun(pipes, sh(script), changes);
  const pid = await printedPid(watched);
  strays.push(pid);
  return { ...watched, pid };
}

async function printedPid({ untilPrinted, printed }: WatchedRun): Promise<number> {
  await untilPrinted("\n");
  return Number(/pid (\d+)\n/.exec(`${printed("stdout")}`)?.[1]);
}

/** A program of its own session that tells its number; `how` is what it does about its streams or signals. */
const daemon = (how = "") => `setsid sh -c 'echo pid $$; ${how} exec sleep 1000'`;
const SILENT = "exec </dev/null >/dev/null 2>&1;";

describe("what belongs to a run that is interrupted is gone when the run is over", () => {
  test("as a daemon that has the output open, when the child has ended", async () => {
    const { run, outcome, pid } = await startEscape(`(${daemon()} &)`);
    await poll("the program to sleep", () => isSleeping(pid));
    run.interrupt("interrupted");
    expect(await outcome).toMatchObject({ killedFor: "interrupted" });
    expect(await outcome).not.toHaveProperty("leftRunning");
    expect(isAlive(pid)).toBe(false);
  });

  test("after SIGTERM to all of it, and time to end by itself", async () => {
    const answer = `trap "echo asked to go; exit 0" TERM; echo pid $$; while :; do sleep 0.01; done`;
    const { run, outcome, printed, pid } = await startEscape(`setsid sh -c '${answer}' & wait`, {
      limits: { sigtermGraceMs: 60_000 },
    });
    run.interrupt("interrupted");
    expect(await outcome).toMatchObject({ type: "signaled", signal: "SIGTERM" });
    expect(isAlive(pid)).toBe(false);
    expect(`${printed("stdout")}`).toContain("asked to go\n");
  });
});

describe("a command that ends by itself leaves alive what it started", () => {
  /** Runs the script, and ends by itself once the process that it has started has become `sleep`. */
  async function endedBeside(script: string) {
    const waiting = `trap "exit 0" USR1; ${script}; while :; do sleep 0.01; done`;
    const { run, outcome, pid } = await startEscape(waiting, { cookie: newCookie() });
    await poll("the program to sleep", () => isSleeping(pid));
    process.kill(run.pid!, "SIGUSR1");
    return { outcome: await outcome, pid };
  }

  test.each([
    ["in its session", "sleep 1000 </dev/null >/dev/null 2>&1 & echo pid $!"],
    ["as a daemon in a session of its own", `(${daemon(SILENT)} &)`],
  ])("%s, and says what that is", async (_where, script) => {
    const { outcome, pid } = await endedBeside(script);
    const { leftRunning = [], ...rest } = outcome;
    expect(rest).toEqual({ type: "exited", code: 0, killedFor: undefined });
    expect(leftRunning.map((one) => one.pid)).toEqual([pid]);
    expect(isAlive(pid)).toBe(true);
  });

  test("as a daemon, also when it has run more processes than can be tried one by one", async () => {
    const many = "i=0; while [ $i -lt 300 ]; do (:); i=$((i + 1)); done";
    const { outcome, pid } = await endedBeside(`(${daemon(SILENT)} &); ${many}`);
    const { leftRunning = [] } = outcome;
    expect(leftRunning.map((one) => one.pid)).toEqual([pid]);
  });

  test("without processes that were about to end", async () => {
    const { outcome, pid } = await startEscape("sleep 1000 </dev/null >/dev/null 2>&1 & echo pid $!; kill $!");
    expect(await outcome).not.toHaveProperty("leftRunning");
    expect(isAlive(pid)).toBe(false);
  });
});

describe("a command that may leave nothing", () => {
  test.each([
    ["in its session", "sleep 1000 </dev/null >/dev/null 2>&1 & echo pid $!"],
    [
      "as a daemon in a session of its own, deaf to signals",
      `(${daemon(`trap "" TERM HUP; ${SILENT}`)} &); sleep 0.05`,
    ],
  ])("is over when what it left %s is killed, and says what that was", async (_where, script) => {
    const { outcome, pid } = await startEscape(script, { cookie: newCookie(), leftovers: "kill" });
    const { leftKilled = [], ...rest } = await outcome;
    expect(rest).toEqual({ type: "exited", code: 0, killedFor: undefined });
    expect(leftKilled.map((one) => one.pid)).toEqual([pid]);
    expect(isAlive(pid)).toBe(false);
  });

  test("says nothing when there is nothing", async () => {
    const { outcome } = await startEscape("echo pid $$", { cookie: newCookie(), leftovers: "kill" });
    expect(await outcome).toEqual({ type: "exited", code: 0, killedFor: undefined });
  });
});

rareTest("a look at many hundreds of processes lets others have their turn meanwhile", 180_000, async () => {
  const count = 600;
  const script = `i=0; while [ $i -lt ${count} ]; do sleep 1000 & i=$((i + 1)); done; echo pid $$; wait`;
  const { run, outcome, pid } = await startEscape(script);
  const tree = new ProcessTree({ clock: systemClock, leaderPid: pid, cookie: "none", outputInodes: () => [] });
  let turns = 0;
  const others = (): void => {
    turns += 1;
    next = setImmediate(others);
  };
  let next = setImmediate(others);
  const running = await tree.running();
  clearImmediate(next);
  expect(running?.length).toBeGreaterThan(count);
  expect(turns).toBeGreaterThan(1);
  run.kill();
  expect(await outcome).not.toHaveProperty("leftRunning");
});

test("leftover processes of a leader that was reaped before the first scan are found", async () => {
  const notBeforeTicks = ticksNow();
  const leader = spawn("sh", ["-c", "sleep 1000 >&2 2>/dev/null & echo $!"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [printed] = (await Promise.all([once(leader.stdout, "data"), once(leader, "exit")]))[0];
  const left = Number(printed);
  try {
    const { pid: leaderPid = 0 } = leader;
    const tree = new ProcessTree({
      clock: systemClock,
      leaderPid,
      notBeforeTicks,
      cookie: undefined,
      outputInodes: () => [],
    });
    tree.noteLeaderReaped();
    expect((await tree.running())?.map(({ pid }) => pid)).toEqual([left]);
  } finally {
    process.kill(left, "SIGKILL");
  }
});

test("a released tree sends no signals, not even from a pending scan", async () => {
  const { run, outcome, pid } = await startEscape(`${daemon(SILENT)} & wait`);
  await poll("the program to sleep", () => isSleeping(pid));
  const tree = new ProcessTree({
    clock: systemClock,
    leaderPid: run.pid ?? 0,
    cookie: undefined,
    outputInodes: () => [],
  });
  tree.noteLeaderReaped();
  tree.release();
  expect(await tree.signal("SIGKILL")).toEqual([]);
  expect([pid, run.pid ?? 0].map(isAlive)).toEqual([true, true]);
  run.kill();
  await outcome;
});

describe("output that is held open", () => {
  test("is reported once with its holders, some time after the child's end", async () => {
    const clock = new ManualClock();
    const told: (readonly ListedProcess[])[] = [];
    const { run, pid } = await startEscape("sleep 1000 & echo pid $!", {
      clock,
      onHeldOutput: (holders) => told.push(holders),
    });
    await poll("the timer", () => clock.timerCount === 1 && isSleeping(pid));
    clock.advance(HELD_OUTPUT_MS - 1);
    expect(told).toEqual([]);
    clock.advance(HELD_OUTPUT_MS);
    await poll("the report", () => told.length > 0);
    expect(told.map((holders) => holders.map((one) => [one.pid, one.program]))).toEqual([[[pid, "sleep"]]]);
    expect(clock.timerCount).toBe(0);
    run.kill();
    await poll("the daemon to be gone", () => {
      clock.advance(1);
      return !isAlive(pid);
    });
  });

  test("is abandoned at the limit, and read to the last byte that was written by then", async () => {
    const clock = new ManualClock();
    const size = 60_000;
    const script = `setsid sh -c 'echo pid $$; head -c ${size} /dev/zero; exec sleep 1000' & sleep 0.05; exit 3`;
    const { run, outcome, printed, pid } = await startEscape(script, {
      clock,
      cookie: newCookie(),
      limits: { lingerLimitMs: 60_000 },
    });
    await poll(
      "the child to end before the daemon",
      () => isSleeping(pid) && !isAlive(run.pid ?? 0) && clock.timerCount === 1,
    );
    clock.advance(59_999);
    expect(printed("stdout").length).toBeLessThanOrEqual(size + 20);
    clock.advance(1);
    const { outputHeldBy = [], leftRunning = [], ...rest } = await pushUntilOver(clock, outcome);
    expect(rest).toEqual({ type: "exited", code: 3, killedFor: undefined });
    expect([outputHeldBy, leftRunning].map((some) => some.map((one) => one.pid))).toEqual([[pid], [pid]]);
    expect(printed("stdout").length).toBe(size + `pid ${pid}\n`.length);
    expect(isAlive(pid)).toBe(true);
  });

  test("is abandoned at the limit, and its holders are killed if leftover processes are not allowed", async () => {
    const { outcome, pid } = await startEscape("sleep 1000 & echo pid $!", {
      cookie: newCookie(),
      limits: { lingerLimitMs: 50 },
      leftovers: "kill",
    });
    expect(await outcome).toMatchObject({ type: "exited", code: 0, outputHeldBy: [{ pid }], leftKilled: [{ pid }] });
    expect(isAlive(pid)).toBe(false);
  });

  test("does not count as held while we do not read", async () => {
    const clock = new ManualClock();
    const size = 200_000;
    const { run, outcome, printed } = watchRun(pipes, ["sh", "-c", `echo ready; head -c ${size} /dev/zero & exit 0`], {
      clock,
      limits: { lingerLimitMs: 1000 },
    });
    run.pause();
    await untilGone(run.pid ?? 0);
    clock.advance(10_000);
    run.resume();
    expect(await pushUntilOver(clock, outcome)).toEqual({ type: "exited", code: 0, killedFor: undefined });
    expect(printed("stdout").length).toBe(size + "ready\n".length);
  });

  test("is not waited for by a run that is killed, nor reported", async () => {
    const clock = new ManualClock();
    const { run, outcome, pid } = await startEscape("trap '' TERM; sleep 1000 & echo pid $!", {
      clock,
      limits: { lingerLimitMs: 1000, sigtermGraceMs: 60_000 },
      onHeldOutput: () => expect.unreachable(),
    });
    await poll("the child to end", () => !isAlive(run.pid ?? 0) && clock.timerCount === 2);
    run.interrupt("interrupted");
    clock.advance(30_000);
    expect(isAlive(pid)).toBe(true);
    run.kill();
    expect(await pushUntilOver(clock, outcome)).toEqual({ type: "exited", code: 0, killedFor: "interrupted" });
  });

  test("is not reported while the child runs", async () => {
    const clock = new ManualClock();
    const { run, outcome } = await startEscape("echo pid $$; exec sleep 1000", {
      clock,
      onHeldOutput: () => expect.unreachable(),
    });
    clock.advance(10 * HELD_OUTPUT_MS);
    expect(clock.timerCount).toBe(0);
    run.kill();
    await pushUntilOver(clock, outcome);
    expect(clock.timerCount).toBe(0);
  });
});

/** Whether it has become `sleep`, so that all it does about streams and signals is done. */
function isSleeping(pid: number): boolean {
  return readProcess(pid)?.program === "sleep";
}
