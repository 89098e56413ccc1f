// What of lost commands is still known, with commands that end, or do not, as the test says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { CommandContext, CommandDefinition } from "../../src/commands/command.ts";
import { type ListedProcess, readProcess } from "../../src/process/tree/process-list.ts";
import { Builder } from "../../src/worker/builder.ts";
import { MOST_COMMANDS, RunningCommands } from "../../src/worker/running-commands.ts";
import type { WorkerSettings } from "../../src/worker/settings.ts";
import { CollectedPeer } from "../commands/collected-peer.ts";
import { ManualClock } from "../support/manual-clock.ts";

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

interface Fake {
  readonly context: CommandContext;
  readonly end: () => void;
  interruptions: number;
}

/** Builders of one worker whose only command does nothing. */
function rig() {
  const clock = new ManualClock();
  const log: string[] = [];
  const bugs: unknown[] = [];
  const kept: string[] = [];
  const started: Fake[] = [];
  const fake: CommandDefinition = {
    name: "fake",
    version: "1",
    start(_args, context) {
      let end: () => void = () => {};
      const done = new Promise<void>((resolve) => {
        end = resolve;
      });
      const one: Fake = { context, end, interruptions: 0 };
      started.push(one);
      const interrupt = () => {
        one.interruptions += 1;
      };
      return { done, interrupt };
    },
  };
  const settings = {
    baseDirectory: "/srv/base",
    commands: new Map([["fake", fake]]),
    clock,
    log: (text: string) => void log.push(text),
    onBug: (error: unknown) => void bugs.push(error),
    keepLastOutput: (command: string, text: string) => void kept.push(`command ${command}: ${text}`),
  } as unknown as WorkerSettings;
  const running = new RunningCommands(settings);
  const builder = (directoryName: string) => new Builder({ name: directoryName, directoryName }, settings, running);
  const start = (on: Builder, id = "7") => {
    const peer = new CollectedPeer();
    on.start({ id, command: "fake", args: new Map(), peer });
    return { peer, fake: started.at(-1)! };
  };
  return { clock, log, bugs, kept, running, builder, start };
}

async function childProcess(): Promise<{ readonly listed: ListedProcess; end(): Promise<void> }> {
  const child = spawn("sleep", ["1000"]);
  await once(child, "spawn");
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  ended.push(end);
  return { listed: readProcess(child.pid!)!, end };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a lost command that does not end", () => {
  it("is waited for ten seconds, named, and keeps its directory from builds until it has ended", async () => {
    const { clock, log, running, builder, start } = rig();
    const first = builder("b1");
    const { fake } = start(first);
    let isOver = false;
    const over = running.abandonAll().then(() => {
      isOver = true;
    });
    expect(fake.interruptions).toBe(1);
    clock.advance(9999);
    await turn();
    expect(isOver).toBe(false);
    clock.advance(1);
    await over;
    expect(log).toContain("not starting commands in /srv/base/b1 for up to 30 s, until this has ended: command 7");
    expect(() => start(first)).toThrow(
      "builder 'b1' starts no commands for up to 30 s because its directory is still in use",
    );
    expect(() => start(builder("./b1"))).toThrow("command 7");
    start(builder("b2"));
    fake.end();
    await turn();
    expect(start(first).fake.context.warning).toBeUndefined();
  });

  it("keeps builds away for thirty seconds, which do not begin again when it has ended and left a process", async () => {
    const { clock, running, builder, start } = rig();
    const child = await childProcess();
    const { fake } = start(builder("b1"));
    const over = running.abandonAll();
    clock.advance(10_000);
    await over;
    clock.advance(29_999);
    expect(() => start(builder("b1"))).toThrow("command 7");
    fake.context.onSurvivors([child.listed]);
    fake.end();
    await turn();
    clock.advance(1);
    expect(start(builder("b1")).fake.context.warning).toContain(`process ${child.listed.pid} (sleep) of command 7`);
  });

  it("is not waited for a second time", async () => {
    const { clock, log, running, builder, start } = rig();
    start(builder("b1"));
    for (let loss = 0; loss < 3; loss += 1) {
      const over = running.abandonAll();
      clock.advance(10_000);
      await over;
    }
    expect(log.filter((line) => line === "stopCommand: halting current command 7")).toHaveLength(1);
  });
});

describe("a command that is being ended", () => {
  it("has its ten seconds once, however often it is ended", async () => {
    const { clock, running, builder, start } = rig();
    start(builder("b1"));
    const lost = running.abandonAll();
    clock.advance(7000);
    let isOver = false;
    const stopped = running.abandonAll().then(() => {
      isOver = true;
    });
    clock.advance(2999);
    await turn();
    expect(isOver).toBe(false);
    clock.advance(1);
    await Promise.all([lost, stopped]);
    await running.abandonAll();
    expect(clock.timerCount).toBe(0);
  });

  it("is not counted any more, though it may never end", async () => {
    const { clock, running, builder, start } = rig();
    const b1 = builder("b1");
    start(b1);
    const over = running.abandonAll();
    expect(running.size).toBe(0);
    clock.advance(10_000);
    await over;
    start(builder("b2"));
    expect(running.size).toBe(1);
    const removed = builder("b3");
    start(removed);
    expect(running.size).toBe(2);
    removed.remove();
    expect(running.size).toBe(1);
  });

  it("is not counted if it does not end, although it had reported its end to the master", async () => {
    const { clock, running, builder, start } = rig();
    const { fake } = start(builder("b1"));
    fake.context.peer.complete();
    const over = running.abandonAll();
    clock.advance(10_000);
    await over;
    expect(running.size).toBe(0);
  });
});

describe("a process of a lost command that could not be killed", () => {
  it("blocks its builder's directory until it has ended, and no other", async () => {
    const { log, running, builder, start } = rig();
    const child = await childProcess();
    const { fake } = start(builder("b1"));
    const over = running.abandonAll();
    fake.context.onSurvivors([child.listed]);
    fake.end();
    await over;
    const who = `process ${child.listed.pid} (sleep) of command 7`;
    expect(log).toContain(`not starting commands in /srv/base/b1 for up to 30 s, until this has ended: ${who}`);
    expect(() => start(builder("b1"))).toThrow(who);
    expect(running.usedDirectories()).toEqual(["/srv/base/b1"]);
    start(builder("b2"));
    await child.end();
    start(builder("b1"));
  });

  it("is another when its number is given out again", async () => {
    const { running, builder, start } = rig();
    const { listed } = await childProcess();
    const { fake } = start(builder("b1"));
    const over = running.abandonAll();
    fake.context.onSurvivors([{ ...listed, startTicks: listed.startTicks - 1 }]);
    fake.end();
    await over;
    start(builder("b1"));
  });

  it("does so for thirty seconds also when its command's end was reported, and is named to later commands until it has ended", async () => {
    const { clock, builder, start } = rig();
    const child = await childProcess();
    const { fake } = start(builder("b1"));
    fake.context.onSurvivors([child.listed]);
    fake.context.peer.complete();
    fake.end();
    await turn();
    const who = `process ${child.listed.pid} (sleep) of command 7`;
    clock.advance(29_999);
    expect(() => start(builder("b1"))).toThrow(who);
    start(builder("b2"));
    clock.advance(1);
    const warnings = ["8", "9"].map((id) => start(builder("b1"), id).fake.context.warning);
    const warning = `${who} could not be killed, and may still use this directory`;
    expect(warnings).toEqual([warning, warning]);
    expect(start(builder("b2")).fake.context.warning).toBeUndefined();
    await child.end();
    expect(start(builder("b1")).fake.context.warning).toBeUndefined();
  });
});

describe("the last output of a lost command", () => {
  it("is kept when it has ended, with its output during the kill, and not sent to the master", async () => {
    const { kept, log, running, builder, start } = rig();
    const { fake, peer } = start(builder("b1"));
    void fake.context.peer.update([{ key: "stdout", text: Buffer.from("on its way\n") }]);
    const over = running.abandonAll();
    void fake.context.peer.update([{ key: "stdout", text: Buffer.from("dying\n") }]);
    fake.end();
    await over;
    expect(kept).toEqual(["command 7: on its way\ndying"]);
    expect(log.join("\n")).not.toContain("dying");
    expect(peer.updates).toEqual([["stdout", "on its way\n"]]);
    expect(peer.completions).toEqual([]);
  });

  it("is kept once, also when it does not end in time", async () => {
    const { clock, kept, running, builder, start } = rig();
    const { fake } = start(builder("b1"));
    void fake.context.peer.update([{ key: "stdout", text: Buffer.from("last words\n") }]);
    const over = running.abandonAll();
    clock.advance(10_000);
    await over;
    fake.end();
    await turn();
    expect(kept).toEqual(["command 7: last words"]);
  });

  it("is not kept of a command that its master saw end", async () => {
    const { kept, builder, start } = rig();
    const { fake } = start(builder("b1"));
    void fake.context.peer.update([{ key: "stdout", text: Buffer.from("fine\n") }]);
    fake.context.peer.complete();
    fake.end();
    await turn();
    expect(kept).toEqual([]);
  });
});

it("a command beyond the greatest number is refused, and taken again when another has ended", async () => {
  const { builder, start } = rig();
  const first = start(builder("b"));
  for (let count = 1; count < MOST_COMMANDS; count += 1) start(builder("b"));
  expect(() => start(builder("b"))).toThrow(`${MOST_COMMANDS} commands are already running; start fewer at a time`);
  first.fake.end();
  await new Promise((resolve) => setImmediate(resolve));
  start(builder("b"));
});
