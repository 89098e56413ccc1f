// Every recorded session over MessagePack, played against our exchange in the place of either side: it must send what was
// recorded, byte by byte, and read what was recorded as Python read it.
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { Exchange, type Operation } from "../../../src/session/msgpack/exchange.ts";
import { decodeMessage } from "../../../src/wire/msgpack/decoder.ts";
import type { MsgpackMap, MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import {
  type MessageView,
  type MsgpackRecord,
  msgpackFromView,
  msgpackSessionNames,
  readMsgpackSession,
} from "../../support/msgpack-vectors.ts";

const sides = { worker: "C>S", master: "S>C" } as const;

type Sent = MsgpackRecord & { readonly payload_b64: string; readonly msg: MessageView };

const hasPayload = (record: MsgpackRecord): record is Sent => record.payload_b64 !== undefined;

const conversations = msgpackSessionNames().flatMap((name) => {
  const messages = readMsgpackSession(name).messages.filter(hasPayload);
  const connections = [...new Set(messages.map(({ conn }) => conn))];
  return connections.map((conn) => [name, conn, messages.filter((one) => one.conn === conn)] as const);
});

it("there are conversations of more than twenty sessions", () => {
  expect(new Set(conversations.map(([name]) => name)).size).toBeGreaterThan(20);
});

describe.each(conversations)("%s, connection %i", (_, __, messages) => {
  it("is read as Python read it", () => {
    for (const { payload_b64, msg } of messages) {
      expect(decodeMessage(Buffer.from(payload_b64, "base64"))).toEqual(msgpackFromView(msg));
    }
  });

  it.each(["worker", "master"] as const)("is said again by our exchange in the place of the %s", async (side) => {
    const player = new Player();
    for (const { dir, payload_b64, msg } of messages) {
      const bytes = Buffer.from(payload_b64, "base64");
      if (dir !== sides[side]) player.exchange.receive(bytes);
      else expect((await player.say(msg)).toString("hex")).toBe(bytes.toString("hex"));
    }
    expect(player.sent).toEqual([]);
    player.exchange.close(new Error("the recording is over"));
    expect(player.exchange.counts.pending).toBe(0);
  });
});

/** One side, which says what it is told to say, when it is told to. */
class Player {
  readonly sent: Uint8Array[] = [];
  readonly exchange: Exchange;
  /** What has come and is not answered yet, by its number. */
  readonly #asked = new Map<unknown, { answer: (value: MsgpackValue) => void; refuse: (error: Error) => void }>();

  constructor() {
    this.exchange = new Exchange({
      operations: new AnyOperation((fields) => {
        const { promise, resolve, reject } = waiting();
        this.#asked.set(fields.get("seq_number"), { answer: resolve, refuse: reject });
        return promise;
      }),
      send: (message) => void this.sent.push(message),
      onProblem: (sentence) => {
        throw new Error(sentence);
      },
      onBug: (error) => {
        throw error;
      },
    });
  }

  async say(message: MessageView): Promise<Buffer> {
    const { op, seq_number: number, ...fields } = message;
    if (op === "response") this.#answer(message);
    else {
      const entries = Object.entries(fields).map(([key, view]) => [key, msgpackFromView(view)] as const);
      // What the peer refused is in the recording as well.
      this.exchange.request(op, new Map(entries), "bulk").catch(() => {});
    }
    for (let turn = 0; turn < 5 && this.sent.length === 0; turn += 1) await Promise.resolve();
    const [said, ...more] = this.sent.splice(0);
    expect(more).toEqual([]);
    if (said === undefined) throw new Error(`nothing was said for ${op} ${number}`);
    return Buffer.from(said);
  }

  #answer({ seq_number: number, result, is_exception: isException }: MessageView): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (isException === undefined) asked?.answer(msgpackFromView(result));
    else asked?.refuse(new WorkerError({ code: "ERR_RECORDED", family: "remote", remoteType: "" }, String(result)));
  }
}

function waiting() {
  let resolve: (value: MsgpackValue) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<MsgpackValue>((answer, refuse) => {
    resolve = answer;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Has every operation. */
class AnyOperation extends Map<string, Operation> {
  readonly #operation: (fields: MsgpackMap) => Promise<MsgpackValue>;

  constructor(operation: (fields: MsgpackMap) => Promise<MsgpackValue>) {
    super();
    this.#operation = operation;
  }

  override get(): Operation {
    return this.#operation;
  }
}
