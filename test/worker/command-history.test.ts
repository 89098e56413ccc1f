// What is remembered of the commands of a worker, with commands that end as a test says.
import { expect, it } from "vitest";
import { Tuple } from "../../src/base/python-values.ts";
import type { ArgumentValue } from "../../src/commands/arguments.ts";
import type { CommandFailure } from "../../src/commands/peer.ts";
import { RunningCommands } from "../../src/worker/running-commands.ts";
import { CollectedPeer } from "../commands/collected-peer.ts";
import { ManualClock } from "../support/manual-clock.ts";

const SECOND = 1000;

function rig() {
  const clock = new ManualClock();
  const running = new RunningCommands({ clock, log: () => {} });
  const start = (id: string, command: ArgumentValue = "make all", { neverEnds = false } = {}) => {
    let end = () => {};
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    const peer = new CollectedPeer();
    let complete = (_how: { rc?: number; failure?: CommandFailure }): void => {};
    running.start({
      id,
      args: new Map([["command", command]]),
      peer,
      builder: "b1",
      onBug: () => {},
      context: { builderDirectory: "/b1", keepLastOutput: () => {} } as never,
      definition: {
        name: "shell",
        version: "1",
        start: (_args, context) => {
          complete = ({ rc, failure }) => {
            if (rc !== undefined) void context.peer.update([{ key: "rc", rc }]);
            context.peer.complete(failure);
          };
          return { done, interrupt: () => (neverEnds ? undefined : end()) };
        },
      },
    });
    return {
      async end(how: { rc?: number; failure?: CommandFailure }) {
        complete(how);
        end();
        await new Promise<void>((resolve) => setImmediate(resolve));
      },
    };
  };
  return { clock, running, history: running.history, start };
}

it("tells what runs, on which builder and since when, and how it ended", async () => {
  const { clock, history, start } = rig();
  clock.advance(5 * SECOND);
  const since = clock.date().toISOString();
  const command = start("7");
  clock.advance(3 * SECOND);
  const facts = { id: "7", command: "shell", program: "make", builder: "b1", since, seconds: 3 };
  expect(history.running()).toEqual([{ ...facts, waiting_for: null }]);
  expect(history.last()).toEqual([]);
  expect(history.idleMs).toBe(0);
  await command.end({ rc: 2 });
  clock.advance(SECOND);
  expect(history.running()).toEqual([]);
  expect(history.last()).toEqual([{ ...facts, result: "failure", exit_code: 2, error: null }]);
  expect(history.idleMs).toBe(SECOND);
});

it("what a lost master left running is no work any more, and the time without work counts from the loss", async () => {
  const { clock, running, history, start } = rig();
  start("stuck", "make all", { neverEnds: true });
  clock.advance(60 * SECOND);
  const abandoned = running.abandonAll();
  expect(history.idleMs).toBe(0);
  clock.advance(10 * SECOND);
  await abandoned;
  expect(history.running()).toEqual([]);
  expect(history.idleMs).toBe(10 * SECOND);
});

it("counts ends by their kind, and remembers the last ten", async () => {
  const { running, history, start } = rig();
  for (let id = 0; id < 12; id += 1) await start(`${id}`).end({ rc: 0 });
  await start("broken").end({ failure: { type: "builtins.OSError", message: "no room" } });
  start("gone");
  await running.abandonAll();
  expect(history.finished).toEqual({ success: 12, failure: 0, error: 1, lost: 1 });
  expect(history.last()).toHaveLength(10);
  expect(history.last()[0]).toMatchObject({ id: "gone", result: "lost" });
  expect(history.last()[1]).toMatchObject({ id: "broken", result: "error", error: "no room" });
});

it.each<[string, ArgumentValue, string | null]>([
  ["the first word of a line", "make -j4 all", "make"],
  ["the first word of a list, less its directory", ["/usr/bin/g++", "x.cc"], "g++"],
  ["the whole first word however long its directory is", `/${"d".repeat(400)}/cc -c x.c`, "cc"],
  ["null for a program with a blank in its name", ["/opt/my tools/cc"], null],
  ["null where a variable is set first", "TOKEN=secret make", null],
  ["null for a word that the master hides", [new Tuple(["obfuscated", "secret", "XXX"])], null],
  ["null for what is no plain word", "'secret' | sh", null],
])("names of a command's words %s", (_, command, program) => {
  const { history, start } = rig();
  start("1", command);
  expect(history.running()[0]?.program).toBe(program);
});
