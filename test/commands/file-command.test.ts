import { describe, expect, it } from "vitest";
import { ABANDON_MS } from "../../src/commands/abandon.ts";
import type { CommandContext } from "../../src/commands/command.ts";
import { commandsErrors } from "../../src/commands/errors.ts";
import { type FileAct, fileCommand } from "../../src/commands/file-command.ts";
import { DEFAULT_RULES } from "../support/default-rules.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { CollectedPeer } from "./collected-peer.ts";

function started(act: FileAct["act"], clock = new ManualClock(), warning?: string) {
  const peer = new CollectedPeer();
  const context = { clock, peer, warning, rules: DEFAULT_RULES } as unknown as CommandContext;
  const command = fileCommand("probe", () => ({ path: "/p", act })).start(new Map(), context);
  return { peer, command };
}

function systemFailure(code: string, errno: number): Error {
  return Object.assign(new Error(code), { code, errno: -errno });
}

describe("a file command", () => {
  it("reports the results, its rc and how long it took, and completes", async () => {
    const clock = new ManualClock();
    const { peer, command } = started(async () => {
      clock.advance(1500);
      return [{ key: "files", files: ["a"] }];
    }, clock);
    await command.done;
    expect(peer.updates).toEqual([
      ["files", ["a"]],
      ["rc", 0],
      ["elapsed", 1.5],
    ]);
    expect(peer.completions).toEqual([undefined]);
  });

  it("sends its warning first, as any command does", async () => {
    const { peer, command } = started(() => Promise.resolve([]), new ManualClock(), "mind the gap");
    await command.done;
    expect(peer.updates[0]).toEqual(["header", "buildhand: mind the gap\n"]);
  });

  it("that the system refuses has the error's number as rc, with a text at the end", async () => {
    const { peer, command } = started(() => Promise.reject(systemFailure("EACCES", 13)));
    await command.done;
    expect(peer.updates).toEqual([
      ["rc", 13],
      ["elapsed", 0],
      ["header", "probe: Permission denied: /p\n"],
    ]);
    expect(peer.completions).toEqual([undefined]);
  });

  it("that cannot be done for another known reason completes with a failure", async () => {
    const { peer, command } = started(() => Promise.reject(commandsErrors.tooManyFiles("file names", 3)));
    await command.done;
    expect(peer.updates).toEqual([["elapsed", 0]]);
    expect(peer.completions).toEqual([
      { type: "builtins.RuntimeError", message: expect.stringContaining("limit of 3") },
    ]);
  });

  it("that breaks by a bug rejects, for its stack to be logged", async () => {
    const bug = new RangeError("ours");
    const { peer, command } = started(() => Promise.reject(bug));
    await expect(command.done).rejects.toBe(bug);
    expect(peer.completions).toEqual([]);
  });

  it("that is interrupted while it works gives up with rc -1", async () => {
    const { peer, command } = started(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    command.interrupt();
    command.interrupt();
    await command.done;
    expect(peer.updates).toEqual([
      ["header", "\ncommand interrupted\n"],
      ["rc", -1],
    ]);
    expect(peer.completions).toEqual([undefined]);
  });

  it("that never returns is abandoned some time after it was interrupted", async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => {};
    const { peer, command } = started(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
      clock,
    );
    clock.advance(1_000_000);
    command.interrupt();
    clock.advance(ABANDON_MS - 1);
    await Promise.resolve();
    expect(peer.completions).toEqual([]);
    clock.advance(1);
    await command.done;
    expect(peer.updates).toEqual([
      ["header", "\ncommand interrupted\n"],
      ["rc", -1],
    ]);
    fail(new Error("too late to matter"));
    expect(peer.completions).toEqual([undefined]);
    expect(clock.timerCount).toBe(0);
  });

  it("that cannot be stopped reports its results in spite of an interrupt", async () => {
    const { peer, command } = started(async () => []);
    command.interrupt();
    await command.done;
    expect(peer.updates).toEqual([["rc", 0]]);
  });
});
