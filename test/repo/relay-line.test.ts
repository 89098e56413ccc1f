import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { RelayLine } from "../support/relay-line.ts";

let clock: ManualClock;
let turns: (() => void)[];
let delivered: string[];
let line: RelayLine;

beforeEach(() => {
  clock = new ManualClock();
  turns = [];
  delivered = [];
  line = new RelayLine({
    clock,
    turn: (next) => turns.push(next),
    deliver: (chunk) => delivered.push(Buffer.from(chunk).toString()),
    finish: () => delivered.push("(end)"),
  });
});

describe("a line of the relay", () => {
  it("delivers at once what has no conditions", () => {
    line.push(Buffer.from("abc"));
    line.end();
    expect(delivered).toEqual(["abc", "(end)"]);
  });

  it("delays everything by the same time", () => {
    line.conditions = { delayMs: 30 };
    line.push(Buffer.from("a"));
    clock.advance(10);
    line.push(Buffer.from("b"));
    line.end();
    expect(line.waitingBytes).toBe(2);
    clock.advance(19);
    expect(delivered).toEqual([]);
    clock.advance(1);
    expect(delivered).toEqual(["a"]);
    clock.advance(10);
    expect(delivered).toEqual(["a", "b", "(end)"]);
    expect(line.waitingBytes).toBe(0);
  });

  it("carries so many bytes a second, one behind the other", () => {
    line.conditions = { bytesPerSecond: 1000, delayMs: 5 };
    line.push(Buffer.from("0123456789"));
    line.push(Buffer.from("0123456789"));
    clock.advance(14);
    expect(delivered).toHaveLength(0);
    clock.advance(1);
    expect(delivered).toHaveLength(1);
    clock.advance(10);
    expect(delivered).toHaveLength(2);
  });

  it("delivers pieces in turns of their own", () => {
    line.conditions = { pieceBytes: 1 };
    line.push(Buffer.from("abc"));
    expect(delivered).toEqual(["a"]);
    turns.shift()!();
    expect(delivered).toEqual(["a", "b"]);
    turns.shift()!();
    expect(delivered).toEqual(["a", "b", "c"]);
  });

  it("keeps what is in while it is frozen", () => {
    line.push(Buffer.from("a"));
    line.freeze();
    line.push(Buffer.from("b"));
    line.end();
    clock.advance(1000);
    expect(delivered).toEqual(["a"]);
    line.thaw();
    expect(delivered).toEqual(["a", "b", "(end)"]);
  });

  it("can be frozen between pieces and while it waits", () => {
    line.conditions = { pieceBytes: 1, delayMs: 10 };
    line.push(Buffer.from("abc"));
    line.freeze();
    clock.advance(10);
    expect(delivered).toEqual([]);
    expect(clock.timerCount).toBe(0);
    line.thaw();
    line.freeze();
    turns.shift()!();
    expect(delivered).toEqual(["a"]);
  });

  it("delivers nothing more once it is cut", () => {
    line.conditions = { delayMs: 10 };
    line.push(Buffer.from("a"));
    line.cut();
    line.push(Buffer.from("b"));
    line.end();
    line.thaw();
    clock.advance(1000);
    expect(delivered).toEqual([]);
    expect([line.waitingBytes, clock.timerCount]).toEqual([0, 0]);
  });
});
