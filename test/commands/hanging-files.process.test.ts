// Commands whose files do not answer any more: an interrupt ends them all the same.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ABANDON_MS } from "../../src/commands/abandon.ts";
import type { ArgumentValue } from "../../src/commands/arguments.ts";
import type { CommandContext, StartedCommand } from "../../src/commands/command.ts";
import type { TransferBudget } from "../../src/commands/peer.ts";
import { registry } from "../../src/commands/registry.ts";
import { LOG_SILENCE_LIMIT_MS } from "../../src/commands/shell/log-watch-with-timeout.ts";
import { REACH_LIMIT_MS } from "../../src/commands/shell/preflight.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { processState } from "../process/run-program.ts";
import { DEFAULT_RULES } from "../support/default-rules.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { blockFiles } from "./blocked-files.ts";
import { CollectedPeer } from "./collected-peer.ts";

const budget: TransferBudget = { limitBytes: 1e6, take: async () => {}, tryTake: () => true, give() {} };
const BLOCK = Buffer.from("a block\n");

/** Calls `onBlock` with the first block that is written or read. */
class FilePeer extends CollectedPeer {
  readonly calls: string[] = [];
  readonly #onBlock: () => void;

  constructor(onBlock: () => void) {
    super();
    this.#onBlock = onBlock;
  }

  override fileWriter(): never {
    return { budget, ...this.#methods(["write", "close", "utime", "unpack"]) } as never;
  }

  override fileReader(): never {
    return { budget, ...this.#methods(["read", "close"]) } as never;
  }

  #methods(names: readonly string[]) {
    return Object.fromEntries(names.map((name) => [name, () => this.#call(name)]));
  }

  async #call(name: string): Promise<Uint8Array> {
    const isFirst = !this.calls.includes(name);
    this.calls.push(name);
    if (isFirst && (name === "write" || name === "read")) this.#onBlock();
    return BLOCK;
  }
}

let base: string;
let clock: ManualClock;
let unblock: (() => Promise<void>) | undefined;
let pipes: PipePool;
const block = () => {
  unblock = blockFiles();
};

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "buildhand-hanging-"));
  await mkdir(join(base, "tree"));
  // Smaller ones of this file system, which answers, are read without Node's threads.
  await writeFile(join(base, "tree/file"), "x".repeat(300_000));
  clock = new ManualClock();
  pipes = new PipePool({ onFallback() {} });
});

afterEach(async () => {
  await unblock?.();
  unblock = undefined;
  pipes.close();
  await rm(base, { recursive: true });
});

function start(name: string, args: Readonly<Record<string, ArgumentValue>>, peer: CollectedPeer): StartedCommand {
  const definition = registry.get(name);
  if (definition === undefined) throw new Error(`no command ${name}`);
  const context = {
    clock,
    peer,
    rules: { ...DEFAULT_RULES },
    pipes,
    environment: { PATH: process.env["PATH"] },
    builderDirectory: base,
    log() {},
  };
  const common = { workdir: "", blocksize: 1000, maxsize: null, keepstamp: true, compress: null, mode: null };
  return definition.start(new Map(Object.entries({ ...common, ...args })), context as unknown as CommandContext);
}

/** Lets time pass, in steps of what a call has after an interrupt, until it is over. */
async function ended(command: StartedCommand): Promise<void> {
  let isOver = false;
  void command.done.then(() => {
    isOver = true;
  });
  await poll("the end of the command", () => {
    clock.advance(ABANDON_MS);
    return isOver;
  });
}

async function endsAfterInterrupt(command: StartedCommand): Promise<void> {
  command.interrupt();
  await ended(command);
}

/** A program that watches a log file and has ended, while files do not answer. */
async function endedWithLog(peer: CollectedPeer): Promise<StartedCommand> {
  const logfiles = new Map([["watched", "a.log"]]) as unknown as ArgumentValue;
  const command = start("shell", { command: "echo $$; until [ -e go ]; do sleep 0.02; done; exit 3", logfiles }, peer);
  const pid = await poll("its start", () => {
    clock.advance(100);
    return peer.updates.find(([key]) => key === "stdout")?.[1];
  });
  block();
  writeFileSync(join(base, "go"), "");
  await poll("its end, and that we know of it", () => processState(Number(pid)) === undefined);
  for (let turn = 0; turn < 20; turn += 1) await setImmediate(); // the ends of its pipes are there, and heard of next
  return command;
}

const transfers = [
  ["uploadFile", { workersrc: "tree/file", writer: 1 }, "write"],
  ["uploadDirectory", { workersrc: "tree", writer: 1 }, "write"],
  ["downloadFile", { workerdest: "new/file", reader: 1 }, "read"],
] as const;

describe("an interrupt, while files do not answer,", () => {
  it.each(transfers)("ends a %s that has just begun", async (name, args) => {
    const peer = new FilePeer(() => {});
    block();
    const command = start(name, args, peer);
    await endsAfterInterrupt(command);
    expect(peer.updates.filter(([key]) => key !== "header")).toEqual([["rc", 1]]);
    expect(peer.completions).toEqual([undefined]);
    expect(peer.calls).not.toContain("write");
  });

  it.each(transfers)("ends a %s under way", async (name, args, call) => {
    const peer = new FilePeer(block);
    const command = start(name, args, peer);
    await poll("the first block", () => peer.calls.includes(call));
    await endsAfterInterrupt(command);
    expect(peer.updates.filter(([key]) => key !== "header")).toEqual([["rc", 1]]);
    expect(peer.completions).toEqual([undefined]);
    expect(peer.calls.filter((one) => one === "close")).toHaveLength(1);
    await unblock?.();
    unblock = undefined;
    // What was still open is cleaned up when files answer again.
    await poll(
      "nothing to be left",
      () => !existsSync(join(base, "new")) || readdirSync(join(base, "new")).length === 0,
    );
  });

  it("ends a program that is not started yet", async () => {
    const peer = new CollectedPeer();
    block();
    const command = start("shell", { command: ["true"] }, peer);
    await endsAfterInterrupt(command);
    expect(peer.updates).toEqual([
      ["header", "\ncommand interrupted before it was started\n"],
      ["rc", -1],
    ]);
    expect(peer.completions).toEqual([undefined]);
  });

  it("ends a program whose log files are waited for", async () => {
    const peer = new CollectedPeer();
    const command = await endedWithLog(peer);
    await endsAfterInterrupt(command);
    expect(peer.updates.map(([key]) => key)).toContain("rc");
    expect(peer.completions).toEqual([undefined]);
  });
});

describe("files that do not answer", () => {
  it("fail a program that cannot be started for them, some time later, and say which", async () => {
    const peer = new CollectedPeer();
    block();
    const command = start("shell", { command: ["true"] }, peer);
    await ended(command);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(REACH_LIMIT_MS);
    const text = String(peer.updates.find(([key]) => key === "stderr")?.[1]);
    expect(text).toContain(`the file system of ${base}`);
    expect(text).toContain("has not responded for 120 seconds");
    expect(peer.completions).toEqual([
      { type: "buildbot_worker.exceptions.AbandonChain", message: expect.any(String) },
    ]);
  });

  it("do not delay the end of a program; missing logs are reported", async () => {
    const peer = new CollectedPeer();
    await ended(await endedWithLog(peer));
    expect(clock.nowMs()).toBeGreaterThanOrEqual(LOG_SILENCE_LIMIT_MS);
    expect(peer.updates).toContainEqual(["rc", 3]);
    const text =
      "\nbuildhand: the file system of a log file does not respond; output of these logs may be missing: watched\n";
    expect(peer.updates).toContainEqual(["header", text]);
    expect(peer.completions).toEqual([undefined]);
  });
});
