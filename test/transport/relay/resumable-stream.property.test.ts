import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sized } from "../../support/sized.ts";
import { type Side, StreamPair } from "./stream-pair.ts";

type Act = (pair: StreamPair) => void;

const sides = [0, 1] as const;

function actsOf(side: Side, text: (pair: StreamPair) => string): Readonly<Record<string, Act>> {
  return {
    write: (pair) => pair.ends[side].write(text(pair)),
    arrive: (pair) => void pair.arrive(side),
    repeat: (pair) => pair.repeat(side),
    take: (pair) => pair.ends[side].take(),
    end: (pair) => pair.ends[side].stream.end(""),
  };
}

/** Each end has received the beginning of what the other has written, in order and once. */
function expectPrefixes({ ends: [first, second] }: StreamPair): void {
  expect(second.wrote.startsWith(first.delivered)).toBe(true);
  expect(first.wrote.startsWith(second.delivered)).toBe(true);
  expect([first.error, second.error]).toEqual([undefined, undefined]);
}

function expectComplete(pair: StreamPair): void {
  pair.settle();
  expectPrefixes(pair);
  const [first, second] = pair.ends;
  expect([first.delivered.length, second.delivered.length]).toEqual([second.wrote.length, first.wrote.length]);
  expect([first.stream.keptBytes, second.stream.keptBytes]).toEqual([0, 0]);
  for (const end of pair.ends) end.stream.end("");
  pair.settle();
  expect([first.ends, second.ends]).toEqual([[""], [""]]);
  expect([first.stream.isDone, second.stream.isDone]).toEqual([true, true]);
}

describe("a resumable stream", () => {
  it("delivers each byte once and in order, whatever is cut, repeated or late", () => {
    const write = fc
      .tuple(fc.constantFrom(...sides), fc.string({ maxLength: 20_000, size: "max", unit: "binary-ascii" }))
      .map(
        ([side, text]): Act =>
          (pair) => {
            const end = pair.ends[side];
            if (!end.stream.isFull && end.ends.length === 0) end.write(text);
          },
      );
    const others = sides.flatMap((side) => {
      const { arrive, repeat, take } = actsOf(side, () => "");
      const narrow: Act = (pair) => {
        pair.ends[side].hasRoom = !pair.ends[side].hasRoom;
        pair.ends[side].stream.pump();
      };
      return [arrive!, arrive!, repeat!, take!, narrow];
    });
    const act = fc.oneof(
      write,
      fc.constantFrom<Act>(
        ...others,
        (pair) => pair.cut(),
        (pair) => pair.join(),
      ),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60, size: "max" }), (acts) => {
        const pair = new StreamPair();
        for (const one of acts) one(pair);
        expectPrefixes(pair);
        expectComplete(pair);
      }),
      { numRuns: sized(30, 100) },
    );
  });

  it("does so after every sequence of five events, with ends and resets among them", { timeout: 120_000 }, () => {
    const acts: readonly Act[] = [
      ...sides.flatMap((side) => {
        const { write, arrive, repeat, end } = actsOf(side, (pair) => String(pair.ends[side].wrote.length % 10));
        const writeUnlessEnded: Act = (pair) => pair.ends[side].ended || write!(pair);
        const endOnce: Act = (pair) => {
          pair.ends[side].ended = true;
          end!(pair);
        };
        return [writeUnlessEnded, arrive!, repeat!, endOnce];
      }),
      (pair) => pair.ends[0].take(),
      (pair) => pair.cut(),
      (pair) => pair.join(),
    ];
    const depth = 5;
    let count = 0;
    for (let number = 0; number < acts.length ** depth; number += 1) {
      const pair = new StreamPair();
      for (let rest = number, step = 0; step < depth; step += 1, rest = Math.floor(rest / acts.length)) {
        acts[rest % acts.length]?.(pair);
      }
      const [first, second] = pair.ends;
      pair.settle();
      const isWhole =
        first.delivered === second.wrote &&
        second.delivered === first.wrote &&
        first.error === undefined &&
        second.error === undefined &&
        first.ends.length === Number(second.ended) &&
        second.ends.length === Number(first.ended) &&
        first.stream.isDone === (first.ended && second.ended);
      if (!isWhole) expect.fail(`sequence ${number} of ${depth} events`);
      count += 1;
    }
    expect(count).toBe(acts.length ** depth);
  });

  it("goes on from the right place when room is filled as soon as a new line frees it", () => {
    const pair = new StreamPair();
    const [first, second] = pair.ends;
    let left = 200;
    first.onRoom = () => {
      while (!first.stream.isFull && left > 0) {
        left -= 1;
        first.write(String.fromCharCode(left).repeat(50_000));
      }
    };
    first.onRoom();
    while (second.delivered.length < 150 * 50_000) {
      for (let count = 0; count < 60; count += 1) pair.arrive(1);
      second.take();
      pair.cut();
      pair.join();
    }
    pair.settle();
    expect(first.wrote === second.delivered).toBe(true);
    expect(first.wrote).toHaveLength(200 * 50_000);
  });

  it("passes the reason of a reset on after everything before it, over a cut", () => {
    const pair = new StreamPair();
    const [first, second] = pair.ends;
    first.write("last words");
    first.stream.end("reset by the master");
    pair.cut();
    pair.settle();
    expect(second.delivered).toBe("last words");
    expect(second.ends).toEqual(["reset by the master"]);
    expect(first.stream.isEndAcknowledged).toBe(true);
  });

  it.each([
    ["acknowledges what was never sent", { type: "ack", offset: 1 }],
    ["leaves out bytes", { type: "data", offset: 1, bytes: Buffer.from("x") }],
    ["ends beyond what it sent", { type: "fin", offset: 1, reason: "" }],
    ["opens another session", { type: "refuse", reason: "" }],
  ] as const)("has one error for a peer that %s", (_what, frame) => {
    const pair = new StreamPair();
    pair.ends[0].receive(frame);
    expect(pair.ends[0].error).toMatchObject({ code: "ERR_RELAY_PROTOCOL" });
  });

  it("has one error for a peer that ignores the window", () => {
    const pair = new StreamPair();
    const [first] = pair.ends;
    for (let offset = 0; offset <= 1024 * 1024; offset += 4096) {
      first.receive({ type: "data", offset, bytes: Buffer.alloc(4096) });
    }
    expect(first.error).toMatchObject({ code: "ERR_RELAY_PROTOCOL", message: expect.stringContaining("window") });
    expect(first.delivered.length).toBeLessThanOrEqual(1024 * 1024);
  });
});
