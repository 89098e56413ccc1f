// Words that the master hides: whatever becomes of a command, they reach neither the master nor the worker's log.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Tuple } from "../../../src/base/python-values.ts";
import { RECORD_PREFIX } from "../../../src/process/crash-safety/running-record.ts";
import type { JellyValue } from "../../../src/wire/jelly/values.ts";
import { encodingNamed } from "../../base/encoding/encodings.ts";
import { DEFAULT_RULES } from "../../support/default-rules.ts";
import type { CommandReport } from "../../support/fake-master.ts";
import { rowsOf } from "../../support/sized.ts";
import { attachWorker, type CommandWorker } from "../attached-worker.ts";

const SECRET = "hünter2";
const SHOWN = "XXXXXX";
const hidden = (real: string) => new Tuple<JellyValue>(["obfuscated", real, SHOWN]);

const encodings = ["utf-8", "latin-1"];
const isUtf8 = (name: string) => name === "utf-8";

/** A program that sleeps; its name is a word that is hidden. */
const PROGRAM = "hünter2-sleep";

const log: string[] = [];
const workers: Record<string, CommandWorker> = {};

beforeAll(async () => {
  for (const name of encodings) {
    const encoding = await encodingNamed(name);
    const others = { rules: { ...DEFAULT_RULES, encoding }, log: (text: string) => void log.push(text) };
    const worker = await attachWorker(undefined, others);
    workers[name] = worker;
    // In the bytes that the word has where each of them runs it.
    const directory = Buffer.from(`${worker.basedir}/`);
    copyFileSync("/bin/sleep", Buffer.concat([directory, encoding.encode(PROGRAM) ?? Buffer.alloc(0)]));
  }
});

afterAll(async () => {
  for (const worker of Object.values(workers)) await worker.end();
});

/** All that was said, but for what the program printed. */
function said(report: CommandReport, end: unknown): string {
  const updates = report.updates.filter(([key]) => key !== "stdout");
  return JSON.stringify([updates, end, log]);
}

const sleep = ["sh", "-c", "echo on; sleep 600", "sh", hidden(SECRET)];

type Case = readonly [what: string, args: Record<string, JellyValue>];

const cases: readonly Case[] = [
  ["runs", { command: ["true", hidden(SECRET)] }],
  ["fails", { command: ["sh", "-c", "exit 3", "sh", hidden(SECRET)] }],
  ["is killed by a signal", { command: ["sh", "-c", "kill -9 $$", "sh", hidden(SECRET)] }],
  ["is not there", { command: [hidden(`no-such-${SECRET}`), "x"] }],
  ["is not there, as a path", { command: [hidden(`/nowhere/${SECRET}`)] }],
  ["has a NUL", { command: ["true", hidden(`${SECRET}\0`)] }],
  ["has a word that the encoding may lack", { command: ["true", hidden(`${SECRET}語`)] }],
  ["is silent for too long", { command: sleep, timeout: 1 }],
  ["takes too long", { command: sleep, maxTime: 1 }],
  ["prints too much", { command: ["sh", "-c", "echo 1; echo 2; sleep 600", "sh", hidden(SECRET)], max_lines: 1 }],
  ["wants a PTY", { command: ["true", hidden(SECRET)], usePTY: true }],
  ["has a bad directory", { command: ["true", hidden(SECRET)], workdir: "/etc/hostname/x" }],
  ["has bad variables", { command: ["true", hidden(SECRET)], env: new Map([["A", 5]]) }],
  ["has bad log files", { command: ["true", hidden(SECRET)], logfiles: 5 }],
  ["leaves something running", { command: ["sh", "-c", "sleep 3 >/dev/null 2>&1 &", "sh", hidden(SECRET)] }],
];

const program = hidden(`../../${PROGRAM}`);
const casesOfName: readonly Case[] = [
  ["is left running", { command: ["sh", "-c", '"$0" 20 >/dev/null 2>&1 &', program] }],
  ["is killed for its silence", { command: ["sh", "-c", '"$0" 666', program], timeout: 1 }],
];

describe.each(encodings)("a hidden word, with a unicode_encoding of %s,", (name) => {
  it.each(rowsOf(cases, () => isUtf8(name)))("is not revealed where a program %s", async (_what, args) => {
    const report = await workers[name]?.run("shell", { workdir: "build", logEnviron: false, ...args });
    if (report === undefined) throw new Error("no worker");
    expect(said(report, await report.completed)).not.toContain("nter2");
  });

  it.each(casesOfName)("is not revealed where a program of that name %s", async (_what, args) => {
    const report = await workers[name]?.run("shell", { workdir: "build", logEnviron: false, ...args });
    if (report === undefined) throw new Error("no worker");
    expect(said(report, await report.completed)).not.toContain("nter2");
    expect(report.text("header")).toMatch(/\(\*\*\*\)|: '?\*\*\*/);
  });
});

describe.each(rowsOf(encodings, isUtf8))("a hidden word, with a unicode_encoding of %s,", (name) => {
  it("is not revealed where a program of that name holds the output open", async () => {
    const command = ["sh", "-c", '"$0" 600 &', program];
    const report = await workers[name]?.start("shell", { workdir: "build", logEnviron: false, command });
    if (report === undefined) throw new Error("no worker");
    await report.printed("header", "(***)");
    await workers[name]?.interrupt(report);
    expect(said(report, await report.completed)).not.toContain("nter2");
  });

  it("is not revealed where a program is interrupted", async () => {
    const report = await workers[name]?.start("shell", { workdir: "build", command: sleep });
    if (report === undefined) throw new Error("no worker");
    await report.printed("stdout", "on");
    // So that the next start names nobody either, should this worker be killed now.
    const record = join(workers[name]?.basedir ?? "", `${RECORD_PREFIX}${process.pid}`);
    expect(readFileSync(record, "latin1")).toContain(":hidden:");
    await workers[name]?.interrupt(report);
    expect(said(report, await report.completed)).not.toContain("nter2");
    expect(report.text("header")).toContain(SHOWN);
  });
});

it("a variable is shown as it is, as by Buildbot's worker", async () => {
  const env = new Map([["PASSWORD", "open"]]);
  const report = await workers["utf-8"]?.run("shell", { workdir: "build", command: "true", env });
  expect(report?.text("header")).toContain("\n  PASSWORD=open\n");
});
