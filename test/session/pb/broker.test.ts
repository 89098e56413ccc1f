import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import { Broker } from "../../../src/session/pb/broker.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import type { Failure } from "../../../src/wire/jelly/failure.ts";
import { type JellyValue, Remote } from "../../../src/wire/jelly/values.ts";
import { brokerPair, remoteObject, settle } from "../../support/broker-pair.ts";
import { bytes, elementOf } from "../../support/vectors.ts";

/** A client broker that has negotiated, and what it sends. */
function openClient(options: { onProblem?: (sentence: string) => void } = {}) {
  const sent: Buffer[] = [];
  const broker = new Broker({ ...options, role: "client", send: (chunks) => void sent.push(Buffer.concat(chunks)) });
  broker.receive(bytes("02800282706204826e6f6e65"));
  const receive = (sexp: unknown) => {
    for (const chunk of encodeElement(elementOf(sexp), "pb")) broker.receive(chunk);
  };
  return { broker, sent, receive, takeSent: () => sent.splice(0).map((b) => b.toString("hex")) };
}

describe("Broker", () => {
  it("negotiates as a client with the bytes of the Python worker", () => {
    expect(openClient().takeSent()).toEqual(["02827062", "028013870681"]);
  });

  it("calls a method of the peer's root and gets its value", async () => {
    const pair = brokerPair({}, { root: remoteObject({ add: ({ args }) => Number(args[0]) + Number(args[1]) }) });
    const sum = pair.client.call("root", "add", [2, 3]);
    await settle(pair);
    await expect(sum).resolves.toBe(5);
  });

  it("answers in the order in which methods finish, and serves calls while its own are pending", async () => {
    let finishSlow: (value: JellyValue) => void = () => {};
    const order: string[] = [];
    const root = remoteObject({
      slow: () => new Promise<JellyValue>((resolve) => (finishSlow = resolve)),
      quick: () => "quick",
    });
    const pair = brokerPair({}, { root });
    const slow = pair.client.call("root", "slow", []).then(() => order.push("slow"));
    const quick = pair.client.call("root", "quick", []).then(() => order.push("quick"));
    await settle(pair);
    finishSlow("slow");
    await settle(pair);
    await Promise.all([slow, quick]);
    expect(order).toEqual(["quick", "slow"]);
  });

  it.each([
    ["an unknown method", "nope", sessionErrors.noSuchMethod("nope").remoteType, "No such method: remote_nope"],
    ["a method that refuses", "refuse", "builtins.TypeError", "refuse: expected a, got b"],
    ["a method with a bug", "crash", "builtins.RuntimeError", "internal error of the master: RangeError"],
  ])("answers %s with a failure that a Twisted peer can read", async (_, method, type, message) => {
    const bugs: unknown[] = [];
    const root = remoteObject({
      refuse: () => {
        throw baseErrors.badArguments("refuse", "a", "b");
      },
      crash: () => {
        throw new RangeError("secret detail");
      },
    });
    const pair = brokerPair({}, { root, onBug: (error) => bugs.push(error) });
    const call = pair.client.call("root", method, []).catch((caught: Error) => caught);
    await settle(pair);
    const error = await call;
    expect(error).toMatchObject({ code: sessionErrors.remoteFailure.code });
    expect((error as Error).cause).toMatchObject({ type, message });
    expect(((error as Error).cause as Failure).parents).toContain("builtins.Exception");
    expect(bugs).toHaveLength(method === "crash" ? 1 : 0);
  });

  it("reports an unknown object id as a failure and carries on", () => {
    const { receive, takeSent } = openClient();
    takeSent();
    receive(["message", 7, 99, "print", 1, ["tuple"], ["dictionary"]]);
    expect(takeSent()[0]).toContain(Buffer.from("Invalid Object ID").toString("hex"));
  });

  it("sends nothing back to a call that wants no answer, even when it fails", () => {
    const { receive, takeSent } = openClient();
    takeSent();
    receive(["message", 7, 99, "print", 0, ["tuple"], ["dictionary"]]);
    expect(takeSent()).toEqual([]);
  });

  it("answers arguments of an insecure class with a failure", () => {
    const { broker, receive, takeSent } = openClient();
    const bot = broker.expose(remoteObject({ print: () => null }));
    takeSent();
    receive(["message", 7, bot.luid, "print", 1, ["tuple", ["os.system", ["dictionary"]]], ["dictionary"]]);
    expect(takeSent()[0]).toContain(Buffer.from("Module os not allowed (in type os.system).").toString("hex"));
  });

  it("takes keyword arguments with text and with byte-string names", () => {
    const { broker, receive } = openClient();
    const seen: unknown[] = [];
    const bot = broker.expose(
      remoteObject({
        print: ({ kwargs }) => {
          seen.push(kwargs.get("message"));
          return null;
        },
      }),
    );
    receive([
      "message",
      1,
      bot.luid,
      "print",
      1,
      ["tuple"],
      [
        "dictionary",
        [
          ["unicode", "message"],
          ["unicode", "a"],
        ],
      ],
    ]);
    receive(["message", 2, bot.luid, "print", 1, ["list"], ["dictionary", ["message", ["unicode", "b"]]]]);
    expect(seen).toEqual(["a", "b"]);
  });

  it("does not know an operation outside the table: it says so and carries on", () => {
    const problems: string[] = [];
    const { receive, takeSent } = openClient({ onProblem: (sentence) => problems.push(sentence) });
    takeSent();
    receive(["frobnicate", 1]);
    receive(["didNotUnderstand", "x"]);
    expect(takeSent()).toEqual([
      Buffer.concat(encodeElement(["didNotUnderstand", "frobnicate"], "pb")).toString("hex"),
    ]);
    expect(problems).toHaveLength(2);
  });

  it.each([
    ["another version", ["version", 5], sessionErrors.pbVersion.code],
    ["what is no list", 5, wireErrors.pbMessage.code],
    ["an answer that nobody waits for", ["answer", 9, ["None"]], sessionErrors.pbState.code],
    ["an error that nobody waits for", ["error", 9, ["None"]], sessionErrors.pbState.code],
    ["a decref of what it does not hold", ["decref", 9], sessionErrors.pbState.code],
  ])("ends the connection at %s", (_, sexp, code) => {
    const { receive } = openClient();
    expect(() => receive(sexp)).toThrow(expect.objectContaining({ code, family: "protocol" }));
  });

  it("gives a value that cannot be read to its caller as an error and carries on", async () => {
    const { broker, receive } = openClient();
    const call = broker.call("root", "login", []);
    receive(["answer", 1, ["os.system", ["dictionary"]]]);
    await expect(call).rejects.toMatchObject({ code: wireErrors.jellyRefused.code });
  });

  it("understands an error that carries text instead of a failure", async () => {
    const { broker, receive } = openClient();
    const call = broker.call("root", "login", []);
    receive(["error", 1, ["unicode", "no way"]]);
    await expect(call).rejects.toMatchObject({
      code: sessionErrors.remoteFailure.code,
      message: expect.stringContaining("no way"),
    });
  });

  it("sends nothing of a call whose arguments cannot be sent", async () => {
    const { broker, takeSent } = openClient();
    takeSent();
    await expect(broker.call("root", "x", [Buffer.alloc(655_361)])).rejects.toMatchObject({
      code: wireErrors.bananaLimit.code,
    });
    await expect(broker.call("root", "x", ["\ud800"])).rejects.toMatchObject({ code: wireErrors.jellyUnsendable.code });
    expect(takeSent()).toEqual([]);
    expect(broker.counts.pendingCalls).toBe(0);
  });

  it("answers with a failure when a result cannot be sent", () => {
    const { broker, receive, takeSent } = openClient();
    const bot = broker.expose(remoteObject({ big: () => Buffer.alloc(700_000) }));
    takeSent();
    receive(["message", 1, bot.luid, "big", 1, ["tuple"], ["dictionary"]]);
    expect(takeSent()[0]).toContain(Buffer.from("exceeds the limit").toString("hex"));
  });

  it("rejects every pending call when the connection is gone, and calls nothing on dead handles", async () => {
    const { broker, receive, takeSent } = openClient();
    const login = broker.call("root", "login", []);
    receive(["answer", 1, ["remote", 4]]);
    const handle = (await login) as Remote;
    const pending = broker.call(handle, "respond", []);
    broker.close(new Error("the master went away"));
    await expect(pending).rejects.toMatchObject({ code: sessionErrors.connectionLost.code });
    await expect(broker.call(handle, "respond", [])).rejects.toMatchObject({ code: sessionErrors.deadReference.code });
    takeSent();
    broker.release(handle);
    expect(takeSent()).toEqual([]);
    expect(broker.counts).toEqual({ pendingCalls: 0, unansweredCalls: 0, handles: 0, exports: 0 });
  });

  it("drops the answer of a method that finishes after the connection", async () => {
    const { broker, receive, takeSent } = openClient();
    let finish: (value: JellyValue) => void = () => {};
    const bot = broker.expose(remoteObject({ slow: () => new Promise<JellyValue>((resolve) => (finish = resolve)) }));
    receive(["message", 1, bot.luid, "slow", 1, ["tuple"], ["dictionary"]]);
    broker.close(new Error("gone"));
    takeSent();
    finish(null);
    await new Promise((resolve) => setImmediate(resolve));
    expect(takeSent()).toEqual([]);
  });

  it("rejects a call whose sending ends the connection", async () => {
    const broker: Broker = new Broker({
      role: "client",
      send: (chunks) => {
        if (Buffer.concat(chunks).includes("frobnicate")) broker.close(new Error("the peer does not read"));
      },
    });
    broker.receive(bytes("02800282706204826e6f6e65"));
    await expect(broker.call("root", "frobnicate", [])).rejects.toMatchObject({
      code: sessionErrors.connectionLost.code,
    });
    expect(broker.counts.pendingCalls).toBe(0);
  });

  it("stops a peer that calls without waiting for any answer", () => {
    const { broker, receive } = openClient();
    const bot = broker.expose(remoteObject({ slow: () => new Promise<JellyValue>(() => {}) }));
    expect(() => {
      for (let id = 1; id < 20_000; id += 1) receive(["message", id, bot.luid, "slow", 1, ["tuple"], ["dictionary"]]);
    }).toThrow(expect.objectContaining({ code: baseErrors.sessionLimit.code }));
  });
});

describe("references", () => {
  it("releases exactly one handle for each received, also unused ones", () => {
    const { broker, receive, takeSent } = openClient();
    const bot = broker.expose(remoteObject({ print: () => null }));
    takeSent();
    receive(["message", 1, bot.luid, "print", 1, ["tuple", ["remote", 7], ["list", ["remote", 7]]], ["dictionary"]]);
    expect(takeSent().filter((hex) => hex === "02801d870781")).toHaveLength(2);
    expect(broker.counts.handles).toBe(0);
  });

  it("keeps a handle until it is released, once", () => {
    const { broker, receive, takeSent } = openClient();
    let kept: Remote | undefined;
    const bot = broker.expose(
      remoteObject({
        take: ({ args, keep }) => {
          kept = args[0] as Remote;
          keep(kept);
          return null;
        },
      }),
    );
    takeSent();
    receive(["message", 1, bot.luid, "take", 1, ["tuple", ["remote", 7]], ["dictionary"]]);
    expect(takeSent()).toHaveLength(1);
    broker.release(kept!);
    broker.release(kept!);
    expect(takeSent()).toEqual(["02801d870781"]);
  });

  it("counts its own objects as Twisted does, and gives a forgotten one a new id", () => {
    const { broker, receive } = openClient();
    const one = remoteObject({});
    const two = remoteObject({});
    expect([broker.expose(one), broker.expose(one), broker.expose(two)].map((r) => r.luid)).toEqual([1, 1, 2]);
    receive(["decref", 1]);
    expect(broker.expose(one).luid).toBe(1);
    receive(["decref", 1]);
    receive(["decref", 1]);
    expect(broker.expose(one).luid).toBe(3);
    expect(broker.counts.exports).toBe(2);
  });

  it("stops a peer that sends references without end", () => {
    const { broker, receive } = openClient();
    const bot = broker.expose(
      remoteObject({
        hoard: ({ args, keep }) => {
          for (const arg of args) if (arg instanceof Remote) keep(arg);
          return null;
        },
      }),
    );
    const many = Array.from({ length: 30_000 }, (_, i) => ["remote", i + 1]);
    expect(() => {
      for (let id = 1; id < 6; id += 1)
        receive(["message", id, bot.luid, "hoard", 1, ["tuple", ...many], ["dictionary"]]);
    }).toThrow(expect.objectContaining({ code: baseErrors.sessionLimit.code }));
  });
});
