import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backlog } from "../../src/worker/backlog.ts";

function commandOf(backlog: Backlog) {
  const seen: boolean[] = [];
  const command = backlog.open();
  command.onCongestion((congested) => seen.push(congested));
  return { ...command, seen };
}

describe("Backlog", () => {
  it("pauses a command alone at half of the limit, until half of that is free again", () => {
    const command = commandOf(new Backlog(100));
    command.add(49);
    expect(command.seen).toEqual([]);
    command.add(1);
    command.add(10);
    expect(command.seen).toEqual([true]);
    command.remove(34);
    expect(command.seen).toEqual([true]);
    command.remove(1);
    expect(command.seen).toEqual([true, false]);
  });

  it("allows more while the line to a relay is down, and less again when it is back", () => {
    const line = { extraBacklogBytes: 0 };
    let onLine = () => {};
    const relayed = Object.assign(line, {
      markReady() {},
      onLine(listener: () => void) {
        onLine = listener;
      },
      stalledMs: 0,
      report: () => ({ relay: "", connected: false, down_seconds: 0, waiting_bytes: 0, resumed: 0 }),
      closed: Promise.resolve(),
    });
    const command = commandOf(new Backlog(100, relayed));
    command.add(60);
    expect(command.seen).toEqual([true]);
    line.extraBacklogBytes = 200;
    onLine();
    command.add(60);
    expect(command.seen).toEqual([true, false]);
    command.add(40);
    expect(command.seen).toEqual([true, false, true]);
    line.extraBacklogBytes = 0;
    onLine();
    command.remove(160);
    expect(command.seen).toEqual([true, false, true, false]);
  });

  it("pauses the one that prints much, not the one that prints little", () => {
    const backlog = new Backlog(90);
    const loud = commandOf(backlog);
    const quiet = commandOf(backlog);
    quiet.add(1);
    loud.add(30);
    quiet.add(28);
    expect([loud.seen, quiet.seen]).toEqual([[true], []]);
    quiet.add(1);
    expect(quiet.seen).toEqual([true]);
  });

  it("pauses all commands at the limit, whichever has used it", () => {
    const backlog = new Backlog(100);
    const gone = commandOf(backlog);
    gone.add(95);
    gone.close();
    const here = commandOf(backlog);
    here.add(5);
    expect(here.seen).toEqual([true]);
    gone.remove(24);
    expect(here.seen).toEqual([true]);
    gone.remove(1);
    expect(here.seen).toEqual([true, false]);
  });

  it("calls the listener of a later command at once, and none of an ended command", () => {
    const backlog = new Backlog(10);
    const first = commandOf(backlog);
    first.add(10);
    const late = commandOf(backlog);
    expect(late.seen).toEqual([true]);
    first.close();
    first.remove(10);
    expect(first.seen).toEqual([true]);
    expect(late.seen).toEqual([true, false]);
  });

  it("never has more than the limit and a batch of each, and lets everybody go on in the end", () => {
    const step = fc.record({ command: fc.nat(4), bytes: fc.integer({ min: 1, max: 10 }), acknowledges: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const backlog = new Backlog(100);
        const commands = Array.from({ length: 5 }, () => ({ ...commandOf(backlog), bytes: 0 }));
        for (const { command, bytes, acknowledges } of steps) {
          const one = commands[command]!;
          if (acknowledges) {
            one.remove(Math.min(bytes, one.bytes));
            one.bytes -= Math.min(bytes, one.bytes);
          } else if (one.seen.at(-1) !== true) {
            one.add(bytes);
            one.bytes += bytes;
          }
          expect(commands.reduce((sum, other) => sum + other.bytes, 0)).toBeLessThan(100 + 10);
        }
        for (const one of commands) one.remove(one.bytes);
        expect(commands.every(({ seen }) => seen.at(-1) !== true)).toBe(true);
      }),
    );
  });
});
