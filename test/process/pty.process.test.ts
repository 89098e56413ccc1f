import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemPath, systemText } from "../../src/base/encoding/system-text.ts";
import { HELD_OUTPUT_MS } from "../../src/process/run/open-output-wait.ts";
import { BACKUP_TIMEOUT_MS } from "../../src/process/run/run.ts";
import type { RunRequest } from "../../src/process/run/run-request.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import type { ChildSource } from "../../src/process/spawn/piped-child.ts";
import type { OutputInode } from "../../src/process/tree/pipe-holders.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { runsEveryRow, sized } from "../support/sized.ts";
import { childPids, flood, openDescriptors, ptysOver } from "./pty-run.ts";
import {
  type FinishedRun,
  processState,
  pushUntilOver,
  runProgram,
  untilGone,
  type WatchedRun,
  watchRun,
} from "./run-program.ts";

const MIB = 1024 * 1024;
const MANY_RUNS = sized(20, 300);
const MANY_RUNS_MS = 300_000;
const pool = new PipePool({ onFallback: () => {} });
let pty: ChildSource;
let directory: string;

beforeAll(() => {
  pty = ptysOver(pool);
  directory = mkdtempSync(join(tmpdir(), "buildhand-pty-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
  pool.close();
});

const sh = (script: string, ...args: string[]) => ["sh", "-c", script, ...args];
const nameOf = (pid: string) => readFileSync(`/proc/${pid}/comm`, "latin1").trim();
const exited = (code: number) => ({ type: "exited", code, killedFor: undefined });
const run = (argv: readonly string[], changes: Partial<RunRequest> = {}) =>
  runProgram(pool, argv, { pipes: pty, ...changes });
const watch = (argv: readonly string[], changes: Partial<RunRequest> = {}) =>
  watchRun(pool, argv, { pipes: pty, ...changes });

describe("a program on a PTY", () => {
  test("has it for stdin, stdout and stderr, and all it prints is stdout", async () => {
    const script = "test -t 0 && test -t 1 && test -t 2 && echo terminal; echo err >&2; exit 3";
    expect(await run(sh(script))).toEqual({ outcome: exited(3), stdout: "terminal\r\nerr\r\n", stderr: "" });
  });

  test("leads a session that the PTY controls", async () => {
    const { stdout } = await run(
      sh("echo by name > /dev/tty; read pid rest </proc/self/stat; cat /proc/$$/stat; echo $$"),
    );
    const [byName, stat = "", pid] = stdout.split("\r\n");
    expect(byName).toBe("by name");
    const [, , group, session, terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    expect([group, session, foreground]).toEqual([pid, pid, pid]);
    expect(Number(terminal) >> 8).toBe(136); // major number of /dev/pts/0 to 255
  });

  test("sees the size and the kind of terminal that Buildbot's worker gives: none", async () => {
    const { stdout } = await run(sh('stty size; echo "${TERM-none}"'));
    expect(stdout).toBe("0 0\r\nnone\r\n");
  });

  test("has the environment, the directory and the umask that it should", async () => {
    const mask = process.umask().toString(8).padStart(4, "0");
    const env = { PATH: "/usr/bin:/bin", TERM: "vt100", "NAME.odd": "ü=€\n" };
    const { stdout } = await run(sh("pwd; umask; tr '\\0' '|' </proc/self/environ"), { cwd: directory, env });
    expect(stdout).toBe(`${directory}\r\n${mask}\r\nPATH=/usr/bin:/bin|TERM=vt100|NAME.odd=ü=€\r\n|`);
  });

  test("has words, variables and a directory of any bytes", async () => {
    const word = systemText(Buffer.from([0xff, 0x20, 0xe9]));
    const cwd = join(directory, word);
    mkdirSync(systemPath(cwd));
    const env = { PATH: "/usr/bin:/bin", RAW: word };
    const script = 'printf %s "$1" "$RAW" "${PWD##*/}" | od -An -tx1; test -t 0 && tty >/dev/tty';
    const { stdout } = await run(["sh", "-c", script, "sh", word], { cwd, env });
    expect(stdout).toMatch(/^ ff 20 e9 ff 20 e9 ff 20 e9\r\n\/dev\/pts\/\d+\r\n$/);
  });

  test("is looked up in the PATH of the request, and is called as it was called", async () => {
    writeFileSync(join(directory, "only-here"), "#!/bin/sh\necho $0\n", { mode: 0o755 });
    const { stdout } = await run(["only-here"], { env: { PATH: `${directory}:/usr/bin:/bin` } });
    expect(stdout).toBe(`${directory}/only-here\r\n`);
  });

  test("has no descriptor of ours, nor of another PTY, and no other child has one of its", async () => {
    const list = ["ls", "-l", "/proc/self/fd"];
    const others = (text: string) =>
      [...text.matchAll(/ (\d+) -> /g)].map(([, fd]) => Number(fd)).filter((fd) => fd > 3);
    const inherited = others((await runProgram(pool, list)).stdout);
    const held = [watch(sh("echo up; sleep 1000")), watch(sh("echo up; sleep 1000"))];
    for (const { untilPrinted } of held) await untilPrinted("up");
    const [onPty, onPipes] = [await run(list), await runProgram(pool, list)];
    expect(others(onPty.stdout)).toEqual(inherited);
    expect(others(onPipes.stdout)).toEqual(inherited);
    expect(onPty.stdout.match(/-> \/dev\/pts\/\d+/g)?.length).toBe(3);
    for (const one of held) one.run.kill();
    for (const { outcome } of held) await outcome;
  });

  test("reports the signal that ends it", async () => {
    const { outcome } = await run(sh("kill -USR1 $$"));
    expect(outcome).toEqual({ type: "signaled", signal: "SIGUSR1", signalNumber: 10, killedFor: undefined });
  });
});

describe("a program that cannot be executed on a PTY", () => {
  test("is reported as on pipes", async () => {
    const plain = join(directory, "not-executable");
    writeFileSync(plain, "");
    chmodSync(plain, 0o644);
    const orphan = join(directory, "no-interpreter");
    writeFileSync(orphan, "#!/no/such/interpreter\n", { mode: 0o755 });
    const env = { PATH: "/usr/bin:/bin" };
    const failures: [readonly string[], Partial<RunRequest>][] = [
      [["no-such-program"], {}],
      [[plain], {}],
      [[directory], {}],
      [[orphan], {}],
      [["true"], { cwd: join(directory, "absent") }],
      [["true", "x".repeat(4_000_000)], {}],
      [["true", "secret\0"], {}],
      [["true"], { env: { ...env, SECRET: "\0" } }],
      [[""], {}],
    ];
    for (const [argv, changes] of failures) {
      const onPty = await run(argv, { env, ...changes });
      const onPipes = await runProgram(pool, argv, { env, ...changes });
      expect(sentenceOf(onPty)).toMatch(/^cannot run /);
      expect(sentenceOf(onPty)).toBe(sentenceOf(onPipes));
      expect(onPty.stdout + onPty.stderr).toBe("");
    }
  });

  test("is not taken for one that prints such words itself", async () => {
    const words = "execvp(3) failed.: No such file or directory";
    expect(await run(["echo", words])).toEqual({ outcome: exited(0), stdout: `${words}\r\n`, stderr: "" });
    const more = await run(sh(`echo '${words}'; echo more; exit 1`));
    expect(more).toEqual({ outcome: exited(1), stdout: `${words}\r\nmore\r\n`, stderr: "" });
  });
});

describe("the output of a PTY", () => {
  const floods = runsEveryRow ? 20 : 3;
  test(`of 1 MiB just before the end arrives whole, ${floods} times`, async () => {
    for (let i = 0; i < floods; i += 1) {
      const { stdout, outcome } = await run(flood(MIB));
      expect([stdout.length, outcome]).toEqual([MIB, exited(0)]);
    }
  });

  test("arrives whole when it is not read while the program ends", async () => {
    for (let i = 0; i < 10; i += 1) {
      const watched = watch(["printf", "%2000s", "x"]);
      watched.run.pause();
      await untilGone(watched.run.pid ?? 0);
      watched.run.resume();
      await watched.outcome;
      expect(watched.printed("stdout").length).toBe(2000);
    }
  });

  test("that is not read blocks the program", async () => {
    const sizeBytes = 3 * MIB;
    const { run: paused, printed, outcome } = watch(["head", "-c", `${sizeBytes}`, "/dev/zero"]);
    paused.pause();
    // head sleeps only when the terminal takes no more, for /dev/zero never keeps it waiting.
    await poll("the program to sleep", () => processState(paused.pid ?? 0) === "S");
    expect(printed("stdout").length).toBe(0);
    paused.resume();
    expect(await outcome).toEqual(exited(0));
    expect(printed("stdout").length).toBe(sizeBytes);
  });

  test("belongs to the run as long as a process has the PTY open, which is reported", async () => {
    const cwd = mkdtempSync(join(directory, "held-"));
    const clock = new ManualClock();
    const holders: string[] = [];
    const background = "(trap '' HUP; : >ready; until test -e go; do sleep 0.01; done; echo late)";
    const {
      outcome,
      printed,
      run: held,
    } = watch(sh(`${background} & until test -e ready; do sleep 0.01; done; echo over`), {
      cwd,
      clock,
      onHeldOutput: (found) => holders.push(...found.map(({ program }) => program)),
    });
    await poll(
      "the program to end",
      () => processState(held.pid ?? 0) === undefined && `${printed("stdout")}` === "over\r\n",
    );
    await poll("the report", () => {
      clock.advance(HELD_OUTPUT_MS);
      return holders.length > 0;
    });
    expect(holders).toContain("sh");
    expect(`${printed("stdout")}`).toBe("over\r\n");
    writeFileSync(join(cwd, "go"), "");
    expect(await outcome).toMatchObject({ type: "exited", code: 0 });
    expect(`${printed("stdout")}`).toBe("over\r\nlate\r\n");
  });

  test("is abandoned at the limit, and nothing that was printed before is lost", async () => {
    const cwd = mkdtempSync(join(directory, "left-"));
    const background = "(trap '' HUP; : >ready; exec sleep 1000)";
    const { outcome, stdout } = await run(sh(`${background} & until test -e ready; do sleep 0.01; done; echo $!`), {
      cwd,
      limits: { lingerLimitMs: 300 },
      leftovers: "kill",
    });
    expect(outcome).toMatchObject({ type: "exited", code: 0, outputHeldBy: [{ program: "sleep" }] });
    await untilGone(Number(stdout));
  });
});

describe("the end of a program on a PTY", () => {
  const endless = "echo ready; while :; do sleep 0.01; done";

  test("hangs up on what it left in its session, as the system does", async () => {
    const { stdout, outcome } = await run(sh("sleep 1000 & echo $!"));
    expect(outcome).toMatchObject({ type: "exited", code: 0 });
    await untilGone(Number(stdout));
  });

  test("comes by the signal that was asked for", async () => {
    const { run: killed, outcome, untilPrinted } = watch(sh(endless), { interruptSignal: "INT" });
    await untilPrinted("ready");
    killed.interrupt("interrupted");
    expect(await outcome).toEqual({ type: "signaled", signal: "SIGINT", signalNumber: 2, killedFor: "interrupted" });
  });

  test("comes by a deadline for silence", async () => {
    const { outcome, kills } = watch(sh("echo ready; sleep 1000"), { limits: { idleTimeoutMs: 100 } });
    expect(await outcome).toMatchObject({ type: "signaled", signal: "SIGKILL", killedFor: "idle-timeout" });
    expect(kills).toEqual(["idle-timeout"]);
  });

  test.each(["interrupted", "output-limit"] as const)("leaves it time for its last output: %s", async (reason) => {
    const limits = { sigtermGraceMs: 60_000 };
    const {
      run: ended,
      outcome,
      untilPrinted,
      printed,
    } = watch(sh(`trap 'echo last; exit 7' TERM; ${endless}`), { limits });
    await untilPrinted("ready");
    ended.interrupt(reason);
    expect(await outcome).toMatchObject({ ...exited(7), killedFor: reason });
    expect(`${printed("stdout")}`).toMatch(/\nlast\r\n$/);
  });

  test("loses nothing of what was printed before it, however late that comes through", async () => {
    const others = childPids();
    const {
      run: killed,
      outcome,
      untilPrinted,
      printed,
    } = watch(
      sh('echo ready; cd "$0"; until test -e go; do sleep 0.01; done; seq 1 500; : >done; exec sleep 1000', directory),
    );
    await untilPrinted("ready");
    const relay = Number(childPids().find((pid) => !others.includes(pid) && nameOf(pid) === "cat"));
    process.kill(relay, "SIGSTOP");
    await poll("the program to stop", () => processState(relay) === "T");
    writeFileSync(join(directory, "go"), "");
    await poll("the program to be done", () => existsSync(join(directory, "done")));
    killed.interrupt("interrupted");
    process.kill(relay, "SIGCONT");
    expect(await outcome).toMatchObject({ signal: "SIGKILL", killedFor: "interrupted" });
    const numbers = Array.from({ length: 500 }, (_, i) => `${i + 1}\r\n`).join("");
    expect(`${printed("stdout")}`).toBe(`ready\r\n${numbers}`);
  });

  test("is a hangup for a program that ignores the signal", async () => {
    const script = `trap '' USR1; trap 'exit 5' HUP; ${endless}`;
    const clock = new ManualClock();
    const { run: killed, outcome, untilPrinted } = watch(sh(script), { clock, interruptSignal: "USR1" });
    await untilPrinted("ready");
    killed.interrupt("interrupted");
    clock.advance(BACKUP_TIMEOUT_MS - 1000);
    expect(await pushUntilOver(clock, outcome)).toMatchObject({ ...exited(5), killedFor: "interrupted" });
  });

  test("leaves a program with a signal other than KILL time for its last output, until a second before it is abandoned", async () => {
    const clock = new ManualClock();
    const script = `trap 'until test -e "$0"; do sleep 0.01; done; echo last; exit 7' INT; ${endless}`;
    const goal = join(directory, "may-end");
    const { run: killed, outcome, untilPrinted, printed } = watch(sh(script, goal), { clock, interruptSignal: "INT" });
    await untilPrinted("ready");
    killed.interrupt("interrupted");
    clock.advance(BACKUP_TIMEOUT_MS - 1001);
    writeFileSync(goal, "");
    await untilPrinted("last");
    expect(await pushUntilOver(clock, outcome)).toMatchObject({ ...exited(7), killedFor: "interrupted" });
    expect(`${printed("stdout")}`).toMatch(/\nlast\r\n$/);
  });

  test("reaches processes that left its session and have only the PTY open", async () => {
    const script = "(setsid sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000";
    const { run: killed, outcome, untilPrinted, printed } = watch(sh(script));
    await untilPrinted("\n");
    killed.interrupt("interrupted");
    expect((await outcome).killedFor).toBe("interrupted");
    await untilGone(Number.parseInt(`${printed("stdout")}`, 10));
  });

  test("leaves its PTY to others, which are not taken for holders of it", async () => {
    const child = pty.spawn({
      argv: ["sleep", "1000"],
      cwd: tmpdir(),
      env: { PATH: "/usr/bin:/bin" },
      withInput: false,
    });
    const exited = new Promise((resolve) => {
      child.child.once("exit", (_code, signal) => resolve(signal));
    });
    const [{ link }] = child.outputInodes() as [OutputInode];
    await poll("the program to have its PTY", () => readlinkSync(`/proc/${child.child.pid}/fd/1`) === link);
    child.release();
    expect(await exited).toBe("SIGHUP");
    await poll("the terminal to be closed", () => child.outputInodes().length === 0);
  });

  test(`leaves no descriptor and no process, ${MANY_RUNS} times`, { timeout: MANY_RUNS_MS }, async () => {
    await run(["true"]);
    const descriptors = openDescriptors().length;
    const children = childPids();
    const ownPool = new PipePool({ onFallback: expect.unreachable });
    const pipes = ptysOver(ownPool);
    for (let i = 0; i < MANY_RUNS; i += 1) {
      if (i % 10 === 0) await run(["no-such-program"], { pipes });
      else if (i % 10 === 1) await killAtOnce(watch(sh("sleep 1000"), { pipes }));
      else expect((await run(["true"], { pipes })).outcome).toEqual(exited(0));
    }
    ownPool.close();
    await poll("no child to be left", () => childPids().every((pid) => children.includes(pid)));
    await poll("no descriptor to be left", () => openDescriptors().length <= descriptors);
  });
});

function sentenceOf({ outcome }: FinishedRun): string {
  if (outcome.type !== "start-failed") throw new Error(`the program was started: ${outcome.type}`);
  return outcome.error.message;
}

async function killAtOnce({ run: started, outcome }: WatchedRun): Promise<void> {
  started.kill();
  expect((await outcome).killedFor).toBe("interrupted");
}
