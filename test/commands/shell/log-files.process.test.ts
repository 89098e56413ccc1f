import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import type { ArgumentValue } from "../../../src/commands/arguments.ts";
import type { CommandContext } from "../../../src/commands/command.ts";
import type { CommandFailure, CommandPeer } from "../../../src/commands/peer.ts";
import { shell as shellCommand } from "../../../src/commands/shell/shell.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import type { JellyValue } from "../../../src/wire/jelly/values.ts";
import { DEFAULT_RULES } from "../../support/default-rules.ts";
import type { CommandReport } from "../../support/fake-master.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { attachWorker, type CommandWorker } from "../attached-worker.ts";
import { CollectedPeer } from "../collected-peer.ts";

/** Far more than can be sent before the interruption. */
const HUGE_BYTES = 1024 ** 3;

let worker: CommandWorker;
let placeCount = 0;

beforeAll(async () => {
  worker = await attachWorker();
});

afterAll(async () => {
  await worker.end();
});

interface Place {
  /** Relative to the builder's directory. */
  readonly workdir: string;
  readonly path: (name: string) => string;
}

async function place(): Promise<Place> {
  placeCount += 1;
  const workdir = `place-${placeCount}`;
  await mkdir(join(worker.builderDirectory, workdir));
  return { workdir, path: (name) => join(worker.builderDirectory, workdir, name) };
}

/** Is congested by every log update, and takes the next only a while later. */
class SlowPeer implements Pick<CommandPeer, "update" | "complete" | "onCongestion"> {
  readonly completions: (CommandFailure | undefined)[] = [];
  logBytes = 0;
  mostBytesAtOnce = 0;
  #bytesAtOnce = 0;
  #congest: (congested: boolean) => void = () => {};

  onCongestion(listener: (congested: boolean) => void): void {
    this.#congest = listener;
  }

  complete(failure?: CommandFailure): void {
    this.completions.push(failure);
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    for (const update of updates) {
      if (update.key !== "log") continue;
      this.logBytes += update.text.length;
      this.#bytesAtOnce += update.text.length;
    }
    this.mostBytesAtOnce = Math.max(this.mostBytesAtOnce, this.#bytesAtOnce);
    if (this.#bytesAtOnce === 0) return true;
    this.#congest(true);
    // Many turns, in which a reader that does not wait gets far.
    setTimeout(() => {
      this.#bytesAtOnce = 0;
      this.#congest(false);
    }, 5);
    return true;
  }
}

type Logs = Readonly<Record<string, JellyValue>>;

function shell(command: string, logs: Logs, { workdir }: Place, more: Record<string, JellyValue> = {}) {
  const logfiles = new Map<JellyValue, JellyValue>(Object.entries(logs));
  return { command, workdir, logfiles, logEnviron: false, ...more };
}

const followed = (filename: string) => new Map<JellyValue, JellyValue>(Object.entries({ filename, follow: true }));

function logText({ updates }: CommandReport, name: string): string {
  const pairs = updates.filter(([key]) => key === "log").map(([, value]) => (value as { tuple: string[] }).tuple);
  return pairs.map(([log, text]) => (log === name ? text : "")).join("");
}

function openBelow(directory: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      return []; // the descriptor this listing was read by
    }
  });
}

/** Without a worker: resolves when the command, which watches a.log, is over. */
async function startDirectly(
  args: Readonly<Record<string, ArgumentValue>>,
  { path }: Place,
  end: { readonly clock: Clock; readonly peer: Pick<CommandPeer, "update" | "complete" | "onCongestion"> },
): Promise<void> {
  const pipes = new PipePool({ onFallback() {} });
  const context = { ...end, rules: DEFAULT_RULES, pipes, environment: process.env, log() {} };
  const all = new Map(Object.entries({ workdir: path("."), logfiles: new Map([["a", "a.log"]]), ...args }));
  await shellCommand.start(all, context as unknown as CommandContext).done;
  pipes.close();
}

describe("the log files of a shell command", () => {
  test("are sent before the rc, each by the name it has for the master, with whole lines as text", async () => {
    const here = await place();
    await writeFile(here.path("old.log"), "old\n");
    await writeFile(here.path("same.log"), "same\n");
    const command = "printf 'gr\\303\\274n\\rend' > new.log; echo more >> old.log; mkfifo fifo; mkdir sub; echo out";
    const logs = { new: "new.log", old: here.path("old.log"), same: "same.log", fifo: "fifo", sub: "sub" };
    const report = await worker.run("shell", shell(command, logs, here));
    expect(logText(report, "new")).toBe("grün\nend\n");
    expect(logText(report, "old")).toBe("old\nmore\n");
    expect(new Set(report.updates.map(([key]) => key))).toEqual(new Set(["header", "stdout", "log", "rc", "elapsed"]));
    for (const name of ["same", "fifo", "sub"]) expect(logText(report, name)).toBe("");
    const keys = report.updates.map(([key]) => key);
    // But for the end of a last line, which comes last of all.
    expect(keys.indexOf("log")).toBeLessThan(keys.indexOf("rc"));
    expect(keys.lastIndexOf("log")).toBe(keys.length - 1);
    expect(report.text("header")).toContain(" watching logfiles {'new': 'new.log', 'old': '/");
    expect(report.text("header")).not.toContain("WARNING");
    expect(await report.completed).toBeNull();
    expect(openBelow(worker.builderDirectory)).toEqual([]);
  });

  test("that are followed are sent from where they ended when the command began", async () => {
    const here = await place();
    await writeFile(here.path("a.log"), "old\n");
    const report = await worker.run("shell", shell("echo new >> a.log", { a: followed("a.log") }, here));
    expect(logText(report, "a")).toBe("new\n");
  });

  test("are sent while the command runs", async () => {
    const here = await place();
    const command = "echo one > a.log; until [ -e go ]; do sleep 0.05; done; echo two >> a.log";
    const report = await worker.start("shell", shell(command, { a: "a.log" }, here));
    await poll("the first line", () => logText(report, "a") === "one\n");
    await writeFile(here.path("go"), "");
    await report.completed;
    expect(logText(report, "a")).toBe("one\ntwo\n");
  });

  test("that grow are a sign of life", async () => {
    const here = await place();
    const clock = new ManualClock();
    const peer = new CollectedPeer();
    const silent = "touch up; until [ -e go ]; do sleep 0.05; done";
    const done = startDirectly({ command: silent, timeout: 60 }, here, { clock, peer });
    await poll("the command to run", () => existsSync(here.path("up")));
    for (const line of ["one\n", "two\n", "three\n"]) {
      clock.advance(25_000);
      await appendFile(here.path("a.log"), line);
      await poll(`line ${line}`, () => {
        clock.advance(100);
        return peer.updates.some(([key, , text]) => key === "log" && text === line);
      });
    }
    expect(clock.nowMs()).toBeGreaterThan(60_000);
    await writeFile(here.path("go"), "");
    await done;
    expect(peer.updates).toContainEqual(["rc", 0]);
  });

  test("are sent to the end for a command that is killed", async () => {
    const here = await place();
    const report = await worker.start("shell", shell("echo one > a.log; echo up; sleep 600", { a: "a.log" }, here));
    await report.printed("stdout", "up");
    await worker.interrupt(report);
    await report.completed;
    expect(logText(report, "a")).toBe("one\n");
    expect(report.value("rc")).toBe(-1);
  });

  test("of any size arrive whole", async () => {
    const here = await place();
    const count = runsEveryRow ? 1_000_000 : 200_000;
    const report = await worker.run(
      "shell",
      shell(`seq ${count} > a.log; echo x > b.log`, { a: "a.log", b: "b.log" }, here),
    );
    expect(logText(report, "b")).toBe("x\n");
    const lines = logText(report, "a").split("\n");
    expect(lines.findIndex((line, index) => line !== `${index + 1}`)).toBe(count);
  });

  test("are left when the master asks to stop after the command has ended", async () => {
    const here = await place();
    const report = await worker.start("shell", shell(`truncate -s ${HUGE_BYTES} a.log`, { a: "a.log" }, here));
    await poll("the first piece", () => report.updates.some(([key]) => key === "log"));
    // The first may still kill the command, a later one finds it ended.
    await poll("the completion", async () => {
      await worker.interrupt(report);
      return report.completions > 0;
    });
    expect(logText(report, "a").length).toBeLessThan(HUGE_BYTES);
    expect(openBelow(worker.builderDirectory)).toEqual([]);
  });

  test("are read no faster than the master takes them", async () => {
    const here = await place();
    await writeFile(here.path("a.log"), Buffer.alloc(2_000_000, `${"x".repeat(99)}\n`));
    const peer = new SlowPeer();
    await startDirectly({ command: "touch a.log" }, here, { clock: systemClock, peer });
    expect(peer.logBytes).toBe(2_000_000);
    expect(peer.mostBytesAtOnce).toBeLessThan(300_000);
    expect(peer.completions).toEqual([undefined]);
  });

  const failures: [string, JellyValue, string, string][] = [
    ["a list", ["a.log"], "builtins.AttributeError", "'list' object has no attribute 'items'"],
    [
      "a name that is a number",
      new Map<JellyValue, JellyValue>([["a", 5]]),
      "builtins.TypeError",
      "join() argument must be str, bytes, or os.PathLike object, not 'int'",
    ],
    [
      "a description without a name",
      new Map<JellyValue, JellyValue>([["a", new Map()]]),
      "builtins.KeyError",
      "'filename'",
    ],
    [
      "more logs than there may be",
      new Map<JellyValue, JellyValue>(Array.from({ length: 1001 }, (_, number) => [`${number}`, "a.log"])),
      "builtins.Exception",
      "more than 1000 log files",
    ],
  ];

  test.each(failures)("of a wrong kind fail the command, which is not started: %s", async (_, logfiles, type, text) => {
    const here = await place();
    const report = await worker.run("shell", { ...shell("touch started", {}, here), logfiles });
    const failure = JSON.stringify(await report.completed);
    expect(failure).toContain(type);
    expect(failure).toContain(text);
    expect(report.updates.map(([key]) => key)).toEqual(["elapsed"]);
    expect(existsSync(here.path("started"))).toBe(false);
  });
});
