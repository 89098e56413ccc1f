// Every recorded session, played against our broker in the place of either side: it must send what was recorded.
import { describe, expect, it } from "vitest";
import { Broker } from "../../../src/session/pb/broker.ts";
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../../src/session/pb/remote-object.ts";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import { unjelly } from "../../../src/wire/jelly/unjelly.ts";
import { type JellyValue, Remote } from "../../../src/wire/jelly/values.ts";
import { type PbMessage, readPbMessage } from "../../../src/wire/pb/messages.ts";
import { readSession, type Session, sessionNames, sessionStream, viewOf } from "../../support/vectors.ts";

interface Waiting {
  readonly resolve: (value: JellyValue) => void;
  readonly reject: (error: unknown) => void;
}

type Direction = "S>C" | "C>S";

describe.each(sessionNames())("session %s", (name) => {
  const session = readSession(name);
  const connections = [...new Set(session.messages.map((m) => m.conn))];

  it.each(
    connections.flatMap((conn) => [
      { conn, role: "client" as const },
      { conn, role: "server" as const },
    ]),
  )("replays as $role on connection $conn", async ({ conn, role }) => {
    const replay = new Replay(session, conn, role);
    for (const message of session.messages.filter((m) => m.conn === conn)) await replay.step(message);
    expect(replay.sent).toEqual(replay.recorded);
  });
});

/** One side of a recorded conversation. Our broker receives what the peer sent and is made to say what ours said. */
class Replay {
  /** What our broker sent and what the recording has, in terms that do not depend on form. */
  readonly sent: unknown[] = [];
  readonly recorded: unknown[] = [];
  readonly #ours: Direction;
  readonly #streams: Record<Direction, Buffer>;
  readonly #broker: Broker;
  readonly #decoder = new BananaDecoder();
  readonly #recordedDecoder = new BananaDecoder();
  /** Calls that wait for the recording to answer, by request id. */
  readonly #unanswered: Waiting[] = [];
  readonly #incomingIds: number[] = [];
  readonly #objects = new Map<number, RemoteObject>();
  readonly #handles: Remote[] = [];

  constructor(session: Session, conn: number, role: "client" | "server") {
    this.#ours = role === "client" ? "C>S" : "S>C";
    this.#streams = { "S>C": sessionStream(session, conn, "S>C"), "C>S": sessionStream(session, conn, "C>S") };
    this.#broker = new Broker({
      role,
      root: this.#object(),
      send: (chunks) => {
        for (const element of this.#decoder.push(Buffer.concat(chunks))) this.#note(this.sent, element, this.#decoder);
      },
    });
  }

  async step({ dir, offset, length }: Session["messages"][number]): Promise<void> {
    const chunk = this.#streams[dir].subarray(offset, offset + length);
    if (dir !== this.#ours) {
      this.#rememberCall(chunk);
      this.#broker.receive(chunk);
    } else {
      for (const element of this.#recordedDecoder.push(chunk)) this.#say(element);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  #say(element: Parameters<typeof readPbMessage>[0]): void {
    const first = this.recorded.length === 0;
    this.#note(this.recorded, element, this.#recordedDecoder);
    if (first) return;
    const message = readPbMessage(element);
    if (message.type === "message") this.#call(message);
    if (message.type === "answer")
      this.#answer(message.requestId, (waiting) => waiting.resolve(this.#own(unjelly(message.value))));
    if (message.type === "error") this.#answer(message.requestId, (waiting) => waiting.reject(new Recorded()));
    if (message.type === "decref") this.#release(message.objectId);
  }

  #call(message: Extract<PbMessage, { type: "message" }>): void {
    const target = message.objectId === "root" ? "root" : this.#handle(Number(message.objectId));
    const args = (this.#own(unjelly(message.args)) as { items: JellyValue[] }).items;
    this.#broker.call(target, message.method, args).then(
      (value) => this.#collect(value),
      () => {}, // the recording ends before the answer, or the answer is an error
    );
  }

  #answer(requestId: number, settle: (waiting: Waiting) => void): void {
    const at = this.#incomingIds.indexOf(requestId);
    const waiting = this.#unanswered[at];
    if (waiting !== undefined) settle(waiting);
  }

  /** Our objects are numbered as the recording numbers them, since they are exposed in its order. */
  #own(value: JellyValue): JellyValue {
    if (value instanceof Remote) {
      const object = this.#objects.get(value.luid) ?? this.#object();
      this.#objects.set(value.luid, object);
      return this.#broker.expose(object);
    }
    if (Array.isArray(value)) return (value as readonly JellyValue[]).map((item) => this.#own(item));
    if (value instanceof Map) {
      const entries = [...(value as ReadonlyMap<JellyValue, JellyValue>)];
      return new Map(entries.map(([key, item]) => [key, this.#own(item)]));
    }
    if (value !== null && typeof value === "object" && "items" in value && !("frozen" in value)) {
      const items = value.items;
      return new (value.constructor as new (items: readonly JellyValue[]) => JellyValue & object)(
        items.map((item) => this.#own(item)),
      );
    }
    return value;
  }

  #object(): RemoteObject {
    const wait: RemoteMethod = (call) => {
      for (const value of [...call.args, ...call.kwargs.values()]) this.#collect(value, call);
      return new Promise((resolve, reject) => {
        this.#unanswered.push({ resolve, reject });
      });
    };
    return { methods: new AnyMethod(wait) };
  }

  #rememberCall(chunk: Buffer): void {
    const decoder = new BananaDecoder();
    decoder.dialect = "pb";
    for (const element of decoder.push(chunk)) {
      if (!Array.isArray(element) || !(element[0] instanceof Uint8Array)) continue;
      const message = readPbMessage(element);
      if (message.type === "message") this.#incomingIds.push(message.requestId);
    }
  }

  #collect(value: JellyValue, call?: IncomingCall): void {
    if (value instanceof Remote) {
      this.#handles.push(value);
      call?.keep(value);
    }
    if (Array.isArray(value)) for (const item of value as readonly JellyValue[]) this.#collect(item, call);
    if (value instanceof Map) for (const item of value.values()) this.#collect(item as JellyValue, call);
    if (value !== null && typeof value === "object" && "items" in value) {
      for (const item of value.items) this.#collect(item, call);
    }
  }

  #handle(luid: number): Remote {
    return this.#handles.find((handle) => handle.luid === luid) ?? new Remote(luid);
  }

  #release(luid: number): void {
    const at = this.#handles.findIndex((handle) => handle.luid === luid);
    const [handle] = this.#handles.splice(at, 1);
    if (handle !== undefined) this.#broker.release(handle);
  }

  #note(list: unknown[], element: Parameters<typeof readPbMessage>[0], decoder: BananaDecoder): void {
    list.push(list.length === 0 ? "negotiation" : comparableMessage(readPbMessage(element)));
    decoder.dialect = "pb";
  }
}

/** Has every method. */
class AnyMethod extends Map<string, RemoteMethod> {
  readonly #method: RemoteMethod;

  constructor(method: RemoteMethod) {
    super();
    this.#method = method;
  }

  override get(): RemoteMethod {
    return this.#method;
  }
}

class Recorded extends Error {}

/** Request numbers have gaps where a recorded peer failed to encode a call; a failure's text is its sender's. */
function comparableMessage(message: PbMessage): unknown {
  switch (message.type) {
    case "message":
      return [message.type, message.objectId, message.method, viewOf(unjelly(message.args))];
    case "answer":
      return [message.type, message.requestId, viewOf(unjelly(message.value))];
    case "error":
      return [message.type, message.requestId];
    default:
      return message;
  }
}
