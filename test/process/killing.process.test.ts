import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BACKUP_TIMEOUT_MS } from "../../src/process/run/run.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { isAlive, processState, pushUntilOver, untilGone, watchRun } from "./run-program.ts";

const pipes = new PipePool({ onFallback: () => {} });
afterAll(() => pipes.close());

const sh = (script: string) => ["sh", "-c", script];
const LONG = "sleep 1000";
const killed = (killedFor: string, signal = "SIGKILL", signalNumber = 9) => ({
  type: "signaled",
  signal,
  signalNumber,
  killedFor,
});

/** Starts a grandchild that prints its pid on a line of its own after `pid`. */
const grandchild = (script: string) => `sh -c '${script}' & echo pid $!;`;
const printedPid = (text: Buffer) => Number(/pid (\d+)/.exec(`${text}`)?.[1]);

describe("an interrupt", () => {
  test("kills the child and all its group", async () => {
    const { run, outcome, printed, untilPrinted, kills } = watchRun(pipes, sh(`${grandchild(LONG)} echo ready; wait`));
    await untilPrinted("ready");
    run.interrupt("interrupted");
    run.interrupt("output-limit");
    expect(await outcome).toEqual(killed("interrupted"));
    expect(kills).toEqual(["interrupted"]);
    await untilGone(printedPid(printed("stdout")));
  });

  test("is announced before any signal is sent", async () => {
    let wasAlive = false;
    const watched = watchRun(pipes, ["sleep", "1000"], {
      onKill: () => {
        wasAlive = isAlive(watched.run.pid ?? 0);
      },
    });
    watched.run.interrupt("interrupted");
    await watched.outcome;
    expect(wasAlive).toBe(true);
  });

  test("sends the signal that was asked for, and KILL for a name it does not know", async () => {
    const int = watchRun(pipes, ["sleep", "1000"], { interruptSignal: "INT" });
    int.run.interrupt("interrupted");
    expect(await int.outcome).toEqual(killed("interrupted", "SIGINT", 2));
    const unknown = watchRun(pipes, ["sleep", "1000"], { interruptSignal: "NOSUCH" });
    unknown.run.interrupt("interrupted");
    expect(await unknown.outcome).toEqual(killed("interrupted"));
  });

  test.each([
    ["the child itself", (script: string) => script, { type: "exited", code: 5, killedFor: "interrupted" }],
    [
      "what the child has started, though it dies at once itself",
      (script: string) => `sh -c '${script.replaceAll("'", '"')}'; :`,
      killed("interrupted", "SIGINT", 2),
    ],
  ])("by a signal other than KILL reads on what is printed for that: by %s", async (_who, whole, end) => {
    const script = "trap 'sleep 0.1; seq 1000; echo bye >&2; exit 5' INT; echo ready; while :; do sleep 0.01; done";
    const interrupt = { interruptSignal: "INT" };
    const { run, outcome, printed, untilPrinted } = watchRun(pipes, sh(whole(script)), interrupt);
    await untilPrinted("ready");
    run.interrupt("interrupted");
    expect(await outcome).toEqual(end);
    const numbers = Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`).join("");
    expect([`${printed("stdout")}`, `${printed("stderr")}`]).toEqual([`ready\n${numbers}`, "bye\n"]);
  });

  test("by such a signal reads no longer than it waits for the end", async () => {
    const clock = new ManualClock();
    const script = "trap 'while :; do echo on; done' INT; echo ready; while :; do sleep 0.01; done";
    const { run, outcome, untilPrinted } = watchRun(pipes, sh(script), { clock, interruptSignal: "INT" });
    await untilPrinted("ready");
    run.interrupt("interrupted");
    await untilPrinted("on");
    clock.advance(BACKUP_TIMEOUT_MS);
    const end = { type: "survived", signal: "SIGINT", killedFor: "interrupted" };
    expect(await pushUntilOver(clock, outcome)).toEqual(end);
  });

  test("by such a signal waits no longer for what holds the output of a child that is gone", async () => {
    const clock = new ManualClock();
    const script = `${grandchild(`trap "" INT; ${LONG}`)} echo ready; exec ${LONG}`;
    const { run, outcome, untilPrinted } = watchRun(pipes, sh(script), { clock, interruptSignal: "INT" });
    await untilPrinted("ready");
    run.interrupt("interrupted");
    await poll("the child to be reaped", () => processState(run.pid ?? 0) === undefined);
    clock.advance(BACKUP_TIMEOUT_MS);
    expect(await pushUntilOver(clock, outcome)).toEqual(killed("interrupted", "SIGINT", 2));
  });

  test("after the end does nothing", async () => {
    const { run, outcome, kills } = watchRun(pipes, ["true"]);
    await outcome;
    run.interrupt("interrupted");
    expect(kills).toEqual([]);
  });

  test("reports a clean exit of a child that was signalled", async () => {
    const { run, outcome, untilPrinted } = watchRun(
      pipes,
      sh("trap 'exit 0' INT; echo ready; while :; do sleep 0.01; done"),
      {
        interruptSignal: "INT",
      },
    );
    await untilPrinted("ready");
    run.interrupt("interrupted");
    expect(await outcome).toEqual({ type: "exited", code: 0, killedFor: "interrupted" });
  });

  test("abandons a process that ignores its signal, and kills it", async () => {
    const clock = new ManualClock();
    const { run, outcome } = watchRun(pipes, ["sleep", "1000"], { clock, interruptSignal: "WINCH" });
    run.interrupt("interrupted");
    clock.advance(BACKUP_TIMEOUT_MS - 1);
    expect(isAlive(run.pid ?? 0)).toBe(true);
    expect(await pushUntilOver(clock, outcome)).toEqual({
      type: "survived",
      signal: "SIGWINCH",
      killedFor: "interrupted",
    });
    expect(isAlive(run.pid ?? 0)).toBe(false);
  });
});

describe("a time of silence", () => {
  test("that passed while nothing was read ends no program that was printing meanwhile", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildhand-silence-"));
    const done = join(directory, "done");
    const chatty = `echo ready; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; echo on; done; : >'${done}'`;
    const { outcome, printed, kills, untilPrinted } = watchRun(pipes, sh(chatty), { limits: { idleTimeoutMs: 700 } });
    await untilPrinted("ready");
    // As when the worker is stopped: nothing of it runs.
    execFileSync("sh", ["-c", `until test -e '${done}'; do sleep 0.02; done`]);
    expect(await outcome).toEqual({ type: "exited", code: 0, killedFor: undefined });
    expect([kills, `${printed("stdout")}`]).toEqual([[], `ready\n${"on\n".repeat(9)}`]);
    rmSync(directory, { recursive: true });
  });
});

describe("with time for SIGTERM", () => {
  const limits = { sigtermGraceMs: 10_000 };

  test("a child that ends after SIGTERM is read to its end", async () => {
    const clock = new ManualClock();
    const script = "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
    const { run, outcome, printed, untilPrinted } = watchRun(pipes, sh(script), { clock, limits });
    await untilPrinted("ready");
    run.interrupt("interrupted");
    // The loop's sleep may belong to the group a moment longer than the shell.
    expect(await pushUntilOver(clock, outcome)).toEqual({ type: "exited", code: 5, killedFor: "interrupted" });
    expect(`${printed("stdout")}`).toBe("ready\nbye\n");
  });

  test("a child that ignores SIGTERM gets the interrupt signal after the grace", async () => {
    const clock = new ManualClock();
    const { run, outcome, untilPrinted } = watchRun(pipes, sh(`trap '' TERM; echo ready; exec ${LONG}`), {
      clock,
      limits,
    });
    await untilPrinted("ready");
    run.interrupt("interrupted");
    clock.advance(9_999);
    expect(isAlive(run.pid ?? 0)).toBe(true);
    expect(await pushUntilOver(clock, outcome)).toEqual(killed("interrupted"));
  });

  test.each([
    ["holds the output open", `trap "" TERM; exec ${LONG}`],
    ["closed the output", `trap "" TERM; exec >/dev/null 2>&1; exec ${LONG}`],
  ])("a grandchild that ignores SIGTERM and %s does not outlive the grace", async (_how, script) => {
    const clock = new ManualClock();
    const watched = watchRun(pipes, sh(`${grandchild(script)} echo ready; wait`), { clock, limits });
    await watched.untilPrinted("ready");
    const pid = printedPid(watched.printed("stdout"));
    await poll("the program to ignore SIGTERM", () => ignoresSigterm(pid));
    watched.run.interrupt("interrupted");
    await untilGone(watched.run.pid ?? 0);
    expect(isAlive(pid)).toBe(true);
    clock.advance(limits.sigtermGraceMs);
    expect(await pushUntilOver(clock, watched.outcome)).toEqual(killed("interrupted", "SIGTERM", 15));
    expect(isAlive(pid)).toBe(false);
  });
});

describe("a kill during the grace", () => {
  const limits = { sigtermGraceMs: 10_000 };
  const deaf = `trap '' TERM; echo ready; while :; do sleep 0.01; done`;

  test("ends the run at once, and none of its output reaches the next user of its pipes", async () => {
    const clock = new ManualClock();
    const own = new PipePool({ onFallback: () => {} });
    const { run, outcome, untilPrinted } = watchRun(own, sh(deaf), { clock, limits });
    await untilPrinted("ready");
    run.interrupt("interrupted");
    run.kill();
    expect(await pushUntilOver(clock, outcome)).toEqual(killed("interrupted"));
    expect(clock.timerCount).toBe(0);
    const later = Array.from({ length: 4 }, () => watchRun(own, sh(`echo ready; exec ${LONG}`), { clock }));
    await Promise.all(later.map((one) => one.untilPrinted("ready")));
    clock.advance(2 * limits.sigtermGraceMs);
    expect(later.map((one) => isAlive(one.run.pid ?? 0))).toEqual([true, true, true, true]);
    for (const one of later) one.run.kill();
    await Promise.all(later.map((one) => pushUntilOver(clock, one.outcome)));
    own.close();
  });

  test("while what is left of the run is looked at, is all that is done", async () => {
    const clock = new ManualClock();
    const script = `${grandchild(`trap "" TERM; exec >/dev/null 2>&1; exec ${LONG}`)} echo ready; wait`;
    const { run, outcome, printed, untilPrinted } = watchRun(pipes, sh(script), { clock, limits });
    await untilPrinted("ready");
    const pid = printedPid(printed("stdout"));
    await poll("the program to ignore SIGTERM", () => ignoresSigterm(pid));
    run.interrupt("interrupted");
    await untilGone(run.pid ?? 0);
    run.kill();
    expect(await pushUntilOver(clock, outcome)).toEqual(killed("interrupted", "SIGTERM", 15));
    expect(isAlive(pid)).toBe(false);
    expect(clock.timerCount).toBe(0);
  });
});

describe("deadlines", () => {
  test("silence ends a run", async () => {
    const { outcome, kills } = watchRun(pipes, ["sleep", "1000"], { limits: { idleTimeoutMs: 20 } });
    expect(await outcome).toEqual(killed("idle-timeout"));
    expect(kills).toEqual(["idle-timeout"]);
  });

  test("output does not help against the time for all", async () => {
    const { outcome } = watchRun(pipes, ["yes"], { limits: { idleTimeoutMs: 60_000, maxTimeMs: 50 } });
    expect(await outcome).toEqual(killed("max-time"));
  });

  test("a background process that holds the output open is timed out too", async () => {
    const clock = new ManualClock();
    const { run, outcome, printed, untilPrinted } = watchRun(pipes, sh(grandchild(LONG)), {
      clock,
      limits: { idleTimeoutMs: 300 },
    });
    await untilPrinted("\n");
    await untilGone(run.pid!);
    clock.advance(300);
    expect(await pushUntilOver(clock, outcome)).toEqual({ type: "exited", code: 0, killedFor: "idle-timeout" });
    await untilGone(printedPid(printed("stdout")));
  });

  test("any output and other activity restart the idle time; a pause does not count", async () => {
    const clock = new ManualClock();
    const { run, outcome, untilPrinted } = watchRun(pipes, sh(`echo ready; exec ${LONG}`), {
      clock,
      limits: { idleTimeoutMs: 1000 },
    });
    clock.advance(900);
    await untilPrinted("ready");
    clock.advance(900);
    run.noteActivity();
    clock.advance(900);
    run.pause();
    clock.advance(5000);
    run.resume();
    // 900 ms were counted before the pause.
    clock.advance(99);
    expect(isAlive(run.pid ?? 0)).toBe(true);
    expect(await pushUntilOver(clock, outcome)).toEqual(killed("idle-timeout"));
  });

  test("leave no timer when the run ends by itself or cannot start", async () => {
    const clock = new ManualClock();
    const limits = { idleTimeoutMs: 1000, maxTimeMs: 1000 };
    await watchRun(pipes, ["true"], { clock, limits }).outcome;
    await watchRun(pipes, ["no-such-program"], { clock, limits }).outcome;
    expect(clock.timerCount).toBe(0);
  });
});

function ignoresSigterm(pid: number): boolean {
  const ignored = /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "0";
  return (BigInt(`0x${ignored}`) & (1n << 14n)) !== 0n;
}
