import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processErrors } from "../../../src/process/errors.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { poll } from "../../support/poll.ts";
import { sized } from "../../support/sized.ts";
import { processState, runProgram, watchRun } from "../run-program.ts";

const fallbacks: string[] = [];
const pipes = new PipePool({ onFallback: (reason) => fallbacks.push(reason) });
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-run-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
  pipes.close();
  expect(fallbacks).toEqual([]);
});

const sh = (script: string) => ["sh", "-c", script];
const exited = (code: number) => ({ type: "exited", code, killedFor: undefined });

describe("output", () => {
  test.each([
    ["stdout and stderr apart", "echo out; echo err >&2", "out\n", "err\n"],
    [
      "what is written to /dev/stdout and /dev/stderr",
      "echo out >/dev/stdout; echo err >/dev/stderr",
      "out\n",
      "err\n",
    ],
    ["what tee writes to /dev/stderr", "echo both | tee /dev/stderr", "both\n", "both\n"],
    ["bytes that are no text", "printf '\\377\\000\\n'", "\ufffd\0\n", ""],
    ["nothing", ":", "", ""],
  ])("arrives: %s", async (_what, script, stdout, stderr) => {
    expect(await runProgram(pipes, sh(script))).toEqual({ outcome: exited(0), stdout, stderr });
  });

  test("of 20 MB arrives intact", async () => {
    const line = "0123456789abcdef\n";
    const size = 20_000_000;
    const digest = createHash("sha256");
    await watchRun(pipes, sh(`yes ${line.trim()} | head -c ${size}`), {
      onOutput: (_name, chunk) => digest.update(chunk),
    }).outcome;
    expect(digest.digest("hex")).toBe(createHash("sha256").update(Buffer.alloc(size, line)).digest("hex"));
  });

  test("goes through pipes, not sockets or files", async () => {
    const { stdout } = await runProgram(pipes, sh("for fd in 0 1 2; do test -p /dev/fd/$fd && echo $fd; done"));
    expect(stdout).toBe("0\n1\n2\n");
  });

  test("that a background process still writes belongs to the run", async () => {
    const { stdout, outcome } = await runProgram(pipes, sh("(sleep 0.1; echo late) & exit 3"));
    expect(stdout).toBe("late\n");
    // It may be dying still, and is told of then.
    expect(outcome).toMatchObject(exited(3));
  });
});

describe("input", () => {
  test("is at its end when none is given, however it is opened", async () => {
    expect((await runProgram(pipes, sh("cat; cat /dev/stdin; echo done"))).stdout).toBe("done\n");
  });

  test("reaches the child and ends", async () => {
    const stdin = Buffer.alloc(1_000_000, "input\n");
    const { stdout } = await runProgram(pipes, ["cat"], { stdin });
    expect(stdout).toBe(`${stdin}`);
  });

  test("can be opened again after its end", async () => {
    const { stdout } = await runProgram(pipes, sh("read first; cat; cat /dev/stdin; echo $first"), {
      stdin: Buffer.from("one\ntwo\n"),
    });
    expect(stdout).toBe("two\none\n");
  });

  test("that the child does not read is harmless", async () => {
    const stdin = Buffer.alloc(1_000_000, "input\n");
    expect((await runProgram(pipes, ["true"], { stdin })).outcome).toEqual(exited(0));
    expect((await runProgram(pipes, sh("head -c 5"), { stdin })).stdout).toBe("input");
  });
});

describe("outcome", () => {
  test("reports the exit code", async () => {
    expect((await runProgram(pipes, sh("exit 255"))).outcome).toEqual(exited(255));
  });

  test("reports the signal and its number", async () => {
    const { outcome } = await runProgram(pipes, sh("kill -USR1 $$"));
    expect(outcome).toEqual({ type: "signaled", signal: "SIGUSR1", signalNumber: 10, killedFor: undefined });
  });

  test("reports why a run could not start", async () => {
    const noProgram = join(directory, "not-executable");
    writeFileSync(noProgram, "");
    chmodSync(noProgram, 0o644);
    const failures: [string[], string, RegExp][] = [
      [["no-such-program"], directory, /cannot run no-such-program: no such program/],
      [[noProgram], directory, /permission denied/],
      [["true"], join(directory, "absent"), /there is no directory .*absent/],
      [["true", "x".repeat(4_000_000)], directory, /too long/],
      [["true", "secret\0"], directory, /^cannot run true: its arguments, environment or directory contain a NUL byte/],
      [[], directory, /cannot run/],
    ];
    for (const [argv, cwd, sentence] of failures) {
      // Not the PATH of whoever runs the tests, who may have no way into its directories.
      const { outcome } = await runProgram(pipes, argv, { cwd, env: { PATH: "/usr/bin:/bin" } });
      if (outcome.type !== "start-failed") throw new Error(`${argv[0]} was started`);
      expect(processErrors.programNotStarted.is(outcome.error)).toBe(true);
      expect(outcome.error.message).toMatch(sentence);
    }
  });

  test("a program is looked up in the PATH of the request", async () => {
    const program = join(directory, "only-here");
    writeFileSync(program, "#!/bin/sh\necho found in $PWD\n", { mode: 0o755 });
    const { stdout } = await runProgram(pipes, ["only-here"], { cwd: directory, env: { PATH: directory } });
    expect(stdout).toBe(`found in ${directory}\n`);
  });

  test("the child has the environment of the request and no other", async () => {
    const { stdout } = await runProgram(pipes, ["/usr/bin/env"], { env: { ONLY: "this" } });
    expect(stdout).toBe("ONLY=this\n");
  });
});

describe("a paused run", () => {
  test("blocks the child and loses nothing", async () => {
    const size = 3_000_000;
    const { run, printed, outcome } = watchRun(pipes, ["head", "-c", `${size}`, "/dev/zero"]);
    run.pause();
    // head sleeps only when a pipe takes no more, for /dev/zero never keeps it waiting.
    await poll("the program to sleep", () => processState(run.pid ?? 0) === "S");
    expect(printed("stdout").length).toBe(0);
    run.resume();
    expect(await outcome).toEqual(exited(0));
    expect(printed("stdout").length).toBe(size);
  });

  test("that is interrupted still gives what was printed before", async () => {
    const { run, printed, outcome } = watchRun(pipes, sh("echo before; kill -STOP $$"));
    run.pause();
    await poll("the program to stop", () => processState(run.pid ?? 0) === "T");
    run.interrupt("interrupted");
    expect((await outcome).killedFor).toBe("interrupted");
    expect(`${printed("stdout")}`).toBe("before\n");
  });
});

const MANY_RUNS = sized(15, 200);

describe("many runs", () => {
  test(`${MANY_RUNS} after another leak no descriptor, timer or handle`, async () => {
    const limits = { idleTimeoutMs: 600_000, maxTimeMs: 600_000 };
    for (let i = 0; i < 10; i += 1) await runProgram(pipes, ["true"]);
    const descriptors = openDescriptors();
    const resources = busy();
    for (let i = 0; i < MANY_RUNS; i += 1) {
      expect((await runProgram(pipes, ["true"], { limits })).outcome).toEqual(exited(0));
    }
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
    await poll("all handles to be closed", () => busy() <= resources);
  });

  test("25 at once keep their output apart", async () => {
    const runs = Array.from({ length: 25 }, (_, i) =>
      runProgram(pipes, sh("cat; echo $1 >&2"), { stdin: Buffer.from(`input ${i}`) }),
    );
    const texts = (await Promise.all(runs)).map((run) => run.stdout);
    expect(texts).toEqual(Array.from({ length: 25 }, (_, i) => `input ${i}`));
  });
});

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** How many things keep this process awake that a run could have left. */
function busy(): number {
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|PipeWrap|ProcessWrap/.test(kind)).length;
}
