// Requests and responses of either side, in any order, good and bad.
import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import type { Lane } from "../../../src/base/lane.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import { Exchange, type Operation } from "../../../src/session/msgpack/exchange.ts";
import { decodeMessage } from "../../../src/wire/msgpack/decoder.ts";
import { encodeMessage } from "../../../src/wire/msgpack/encoder.ts";
import type { MsgpackMap, MsgpackValue } from "../../../src/wire/msgpack/values.ts";

function message(fields: Record<string, MsgpackValue>): Buffer {
  return encodeMessage(new Map(Object.entries(fields)));
}

function harness(operations: Record<string, Operation> = {}) {
  const sent: Record<string, unknown>[] = [];
  const lanes: Lane[] = [];
  const problems: string[] = [];
  const bugs: unknown[] = [];
  const exchange = new Exchange({
    operations: new Map(Object.entries(operations)),
    send(bytes, lane) {
      sent.push(Object.fromEntries(decodeMessage(bytes) as MsgpackMap));
      lanes.push(lane);
    },
    onProblem: (sentence) => problems.push(sentence),
    onBug: (error) => bugs.push(error),
  });
  return { exchange, sent, lanes, problems, bugs };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("requests of the peer", () => {
  it("are answered with what the operation gives, at once or later, in any order", async () => {
    let finish: (value: MsgpackValue) => void = () => {};
    const { exchange, sent, lanes } = harness({
      slow: () =>
        new Promise<MsgpackValue>((resolve) => {
          finish = resolve;
        }),
      quick: (fields) => fields.get("message") ?? null,
    });
    exchange.receive(message({ op: "slow", seq_number: 7 }));
    exchange.receive(message({ op: "quick", seq_number: 8, message: "hello", extra: 1 }));
    expect(exchange.counts.unanswered).toBe(1);
    finish([1]);
    await settled();
    expect(sent).toEqual([
      { op: "response", seq_number: 8, result: "hello" },
      { op: "response", seq_number: 7, result: [1] },
    ]);
    expect(lanes).toEqual(["prompt", "prompt"]);
    expect(exchange.counts.unanswered).toBe(0);
  });

  it("are each answered when two have the same number", () => {
    const { exchange, sent } = harness({ print: () => null });
    for (let i = 0; i < 2; i += 1) exchange.receive(message({ op: "print", seq_number: 3 }));
    expect(sent).toEqual(Array.from({ length: 2 }, () => ({ op: "response", seq_number: 3, result: null })));
  });

  it("are refused with the messages that masters know", async () => {
    const { exchange, sent, bugs } = harness({
      missing: () => {
        throw sessionErrors.missingField('"why" key');
      },
      late: () => Promise.reject(baseErrors.badArguments("x", "text", "nothing")),
      broken: () => {
        throw new TypeError("oops");
      },
      unsendable: () => 2n ** 70n,
    });
    const ops = ["frobnicate", "missing", "late", "broken", "unsendable"];
    for (const [number, op] of ops.entries()) exchange.receive(message({ op, seq_number: number }));
    await settled();
    const texts = new Map(
      sent.map(({ seq_number, result, is_exception }) => [seq_number, is_exception === true && result]),
    );
    expect(texts).toEqual(
      new Map([
        [0, "Command frobnicate does not exist."],
        [1, `'message did not contain obligatory "why" key'`],
        [3, "internal error of the worker"],
        [4, "cannot send an integer beyond 64 bits"],
        [2, "x: expected text, got nothing"],
      ]),
    );
    expect(bugs).toEqual([new TypeError("oops")]);
  });

  it("end the conversation when too many wait for us", () => {
    const { exchange } = harness({ slow: () => new Promise<MsgpackValue>(() => {}) });
    const request = message({ op: "slow", seq_number: 0 });
    for (let i = 0; i < 10_000; i += 1) exchange.receive(request);
    expect(() => exchange.receive(request)).toThrow(expect.toSatisfy(baseErrors.sessionLimit.is));
  });

  it("that cannot be answered are ignored, and reported a few times", () => {
    const { exchange, sent, problems } = harness();
    for (let i = 0; i < 30; i += 1) exchange.receive(message({ op: "print" }));
    exchange.receive(message({ seq_number: 1 }));
    expect(sent).toEqual([]);
    expect(problems).toHaveLength(20);
    expect(problems[0]).toBe("the master sent a message without a seq_number, which is ignored");
    expect(problems.at(-1)).toMatch(/further ones are not reported$/);
  });
});

describe("requests of ours", () => {
  it("count from 0 and resolve or reject by their numbers", async () => {
    const { exchange, sent, lanes } = harness();
    const first = exchange.request("update", new Map([["command_id", "1"]]), "bulk");
    const second = exchange.request("complete", new Map(), "bulk");
    expect(sent).toEqual([
      { op: "update", command_id: "1", seq_number: 0 },
      { op: "complete", seq_number: 1 },
    ]);
    expect(lanes).toEqual(["bulk", "bulk"]);
    exchange.receive(message({ op: "response", seq_number: 1, result: "no", is_exception: false }));
    exchange.receive(message({ op: "response", seq_number: 0, result: 5 }));
    await expect(second).rejects.toThrow("the peer's complete failed: no");
    await expect(first).resolves.toBe(5);
    expect(exchange.counts.pending).toBe(0);
  });

  it("are rejected once when the exchange is closed, and nothing is sent after that", async () => {
    const { exchange, sent } = harness({ print: () => null });
    const waiting = exchange.request("update", new Map(), "bulk");
    exchange.close(new Error("gone"));
    exchange.close(new Error("again"));
    exchange.receive(message({ op: "print", seq_number: 1 }));
    await expect(waiting).rejects.toThrow("gone");
    await expect(exchange.request("update", new Map(), "bulk")).rejects.toThrow("gone");
    expect(sent).toHaveLength(1);
  });

  it("that cannot be sent reject, and leave nothing that waits", async () => {
    const { exchange } = harness();
    await expect(exchange.request("update", new Map([["args", 2n ** 70n]]), "bulk")).rejects.toThrow("beyond 64 bits");
    expect(exchange.counts.pending).toBe(0);
  });

  it.each<[string, Buffer]>([
    ["a response to nothing", message({ op: "response", seq_number: 12345, result: null })],
    ["what is no map", encodeMessage([1])],
    ["what is no MessagePack", Buffer.from([0xc1])],
  ])("end with the connection after %s", (_, bytes) => {
    const { exchange } = harness();
    expect(() => exchange.receive(bytes)).toThrow(expect.objectContaining({ family: "protocol" }));
  });
});
