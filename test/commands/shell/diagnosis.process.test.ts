// What the log of a shell command says about its end, with real children.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tuple } from "../../../src/base/python-values.ts";
import type { JellyValue } from "../../../src/wire/jelly/values.ts";
import { rowsOf } from "../../support/sized.ts";
import { attachWorker, type CommandWorker } from "../attached-worker.ts";

const SECRET = "s3cret-w0rd";
const HEADING = "buildhand: processes at the timeout, before any signal:";

let worker: CommandWorker;

beforeAll(async () => {
  worker = await attachWorker({
    PATH: `tools:${process.env["PATH"]}`,
    HOME: "/",
    DEPLOY_TOKEN: "t0ken-0f-the-worker",
  });
  mkdirSync(join(worker.builderDirectory, "tools"));
});

afterAll(() => worker.end());

function tool(name: string, content: string, mode = 0o755): void {
  const path = join(worker.builderDirectory, "tools", name);
  writeFileSync(path, content);
  chmodSync(path, mode);
}

async function run(command: JellyValue, args: Record<string, JellyValue> = {}) {
  const report = await worker.run("shell", { workdir: "", command, logEnviron: false, ...args });
  // The pids and times of these are nobody's choice, and what they wait in is the kernel's business.
  const lines = report
    .text("header")
    .replaceAll(/^( +)\d+ sleeping(?: in [\w.]+(?: < [\w.]+)*)?, \d+\.\d\d s CPU/gm, "$1PID sleeping")
    .split("\n");
  return { report, lines, own: lines.filter((line) => line.startsWith("buildhand: ")), rc: report.value("rc") };
}

describe("a command whose time is up", () => {
  const tree = "sh -c 'sleep 611; :' & sleep 612; :";

  test.each([
    ["of silence", { timeout: 1 }, /^command timed out: 1 seconds without output running /],
    ["at all", { maxTime: 1 }, /^command timed out: 1 seconds elapsed running /],
  ])("%s is shown with all it runs before it is killed", async (_, limit, announcement) => {
    const { lines, rc } = await run(tree, limit);
    const start = lines.findIndex((line) => announcement.test(line));
    expect(lines[start - 1]).toBe("");
    expect(lines[start]).toMatch(/, attempting to kill$/);
    const shown = lines.slice(start + 1, start + 6);
    expect(shown.slice(0, 2)).toEqual([HEADING, `  PID sleeping: /bin/sh -c '${tree.replaceAll("'", `'"'"'`)}'`]);
    // Which of the two children began first is left to chance.
    expect(new Set(shown.slice(2))).toEqual(
      new Set([
        "    PID sleeping: sh -c 'sleep 611; :'",
        "      PID sleeping: sleep 611",
        "    PID sleeping: sleep 612",
      ]),
    );
    expect(lines.slice(start + 6, start + 7)).toEqual(["process killed by signal 9"]);
    expect(rc).toBe(-1);
  });

  test("is shown before it may answer SIGTERM", async () => {
    const script = "trap 'echo asked to go >&2; exit 3' TERM; while :; do sleep 0.1; done";
    const { report, lines } = await run(["sh", "-c", script], { timeout: 1, sigtermTime: 10 });
    const places = report.updates.map(([key, value]) => [key, String(value)] as const);
    const shown = places.findIndex(([key, text]) => key === "header" && text.includes(HEADING));
    const answered = places.findIndex(([key, text]) => key === "stderr" && text.includes("asked to go"));
    expect(shown).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(shown);
    expect(lines).toContain(HEADING);
  });

  test("shows nothing but names where the master hides a word", async () => {
    const script = `sh -c 'sleep 613; :' "$0" "-x\${0#????}" & wait`;
    const hidden = new Tuple(["obfuscated", SECRET, "XXXX"]);
    const { report, lines } = await run(["sh", "-c", script, hidden], { timeout: 1 });
    expect(lines).toContain("    PID sleeping: (sh)");
    expect(JSON.stringify(report.updates)).not.toContain(SECRET.slice(4));
  });

  test("never shows a value of a variable with a telling name", async () => {
    const inner = "sleep 613; :";
    const { report, lines } = await run(["sh", "-c", `sh -c '${inner}' "x=$DEPLOY_TOKEN" & wait`], { timeout: 1 });
    expect(lines).toContain(`    PID sleeping: sh -c '${inner}' 'x=$DEPLOY_TOKEN'`);
    expect(JSON.stringify(report.updates)).not.toContain("t0ken-0f-the-worker");
  });

  test("is not shown for other reasons to kill it", async () => {
    const { own } = await run("seq 1 20; sleep 614", { max_lines: 10 });
    expect(own).toEqual([]);
    const report = await worker.start("shell", { workdir: "", command: "echo ready; sleep 615" });
    await report.printed("stdout", "ready");
    await worker.interrupt(report);
    await report.completed;
    expect(report.text("header")).not.toContain("buildhand: ");
  });
});

describe("a program that is not to be found", () => {
  beforeAll(() => tool("frobnicate", "#!/bin/sh\n"));

  test("is reported with the nearest name", async () => {
    const { own, rc } = await run(["frobincate"]);
    expect([own, rc]).toEqual([["buildhand: frobincate was not found; did you mean frobnicate?"], 1]);
  });

  test("by a shell is reported with the nearest name too", async () => {
    const { own, rc } = await run("frobincate --all");
    const text = "exit code 127 means that a shell did not find a program";
    expect([own, rc]).toEqual([[`buildhand: ${text}: frobincate was not found; did you mean frobnicate?`], 127]);
  });

  test("in the PATH is reported with its place", async () => {
    const { own } = await run(["frobnicate"], { env: new Map([["PATH", "/usr/bin:/bin"]]), workdir: "tools" });
    const path = join(worker.builderDirectory, "tools/frobnicate");
    expect(own).toEqual([`buildhand: frobnicate is not in the PATH of this command, but exists as ${path}`]);
  });

  test("is not reported when the master hides its name", async () => {
    const { report, own } = await run([new Tuple(["obfuscated", "frobincate", "XXXX"])]);
    expect(own).toEqual([]);
    expect(JSON.stringify(report.updates)).not.toContain("frob");
  });
});

describe("a script that cannot be run", () => {
  test("for lack of its interpreter", async () => {
    tool("lonely", "#!/nowhere/python3\n");
    const { own } = await run(["lonely"]);
    const path = join(worker.builderDirectory, "tools/lonely");
    expect(own).toEqual([`buildhand: the interpreter /nowhere/python3 in the first line of ${path} does not exist`]);
  });

  test("for a carriage return in its first line", async () => {
    tool("windows", "#!/bin/sh\r\necho x\r\n");
    const { own } = await run(["./tools/windows"]);
    const path = join(worker.builderDirectory, "tools/windows");
    const text = "has a Windows line ending, so a carriage return is part of the interpreter name /bin/sh";
    expect(own).toEqual([`buildhand: the first line of ${path} ${text}`]);
  });

  test("for lack of permission", async () => {
    tool("plain", "#!/bin/sh\n", 0o644);
    const { own } = await run(["./tools/plain"]);
    const path = join(worker.builderDirectory, "tools/plain");
    expect(own).toEqual([`buildhand: ${path} is not executable for this user (mode 0644)`]);
  });

  test("for being a directory", async () => {
    const { own } = await run(["./tools"]);
    expect(own).toEqual([`buildhand: ${join(worker.builderDirectory, "tools")} is a directory`]);
  });
});

describe("a signal that this worker did not send", () => {
  test("is reported before the rc, after the line that all workers send", async () => {
    const { report, lines, own } = await run(["sh", "-c", "kill -TERM $$"]);
    expect(own).toEqual(["buildhand: ended by SIGTERM, which this worker did not send; the sender is unknown"]);
    expect(lines[lines.indexOf(own[0]!) - 1]).toBe("process killed by signal 15");
    const keys = report.updates.map(([key]) => key);
    expect(keys.lastIndexOf("rc")).toBeGreaterThan(
      report.updates.findIndex(([, text]) => String(text).includes(own[0]!)),
    );
  });

  const cpuLimits = [
    ["its own", "ulimit -t 1; exec sh -c 'while :; do :; done'", /^buildhand: ended by SIGKILL, .*; it had a limit/],
    [
      "its shell's",
      "ulimit -t 1; sh -c 'while :; do :; done'; exit $?",
      /^buildhand: exit code 137 .*; it had a limit/,
    ],
  ] as const;
  // Each takes a second of CPU time.
  test.each(rowsOf(cpuLimits, () => false))(
    "may be the kernel's, for %s limit of CPU time",
    async (_whose, command, text) => {
      const { own } = await run(command);
      expect(own).toEqual([expect.stringMatching(text)]);
      expect(own[0]).toContain("; it had a limit of CPU time (ulimit -t 1)");
    },
  );

  test("is reported as a crash, with the core file if there is one", async () => {
    const { own } = await run("ulimit -c 0; kill -SEGV $$");
    expect(own).toEqual(["buildhand: crashed with SIGSEGV: invalid memory access"]);
  });

  test("is reported for a child of a shell too", async () => {
    const { own, rc } = await run("sh -c 'ulimit -c 0; kill -SEGV $$'; exit $?");
    const text = "exit code 139 means that a shell's program was ended by SIGSEGV";
    expect([own, rc]).toEqual([[`buildhand: ${text}: invalid memory access`], 139]);
  });
});

test.each(["true", "exit 1", "cd /; exit 2"])("nothing more is said about the end of %j", async (command) => {
  expect((await run(command)).own).toEqual([]);
});
