// Connections of workers over MessagePack: name and password in the request for a WebSocket, then the attach conversation. It
// joins WebSockets to exchanges.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { baseErrors, type WorkerError } from "../../../base/errors.ts";
import type { Lane } from "../../../base/lane.ts";
import { Exchange } from "../../../session/msgpack/index.ts";
import {
  serveWebSockets,
  type WebSocketEnd,
  type WebSocketEvents,
  type WebSocketLink,
} from "../../../transport/index.ts";
import { msgpackLimits } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import type { Runs } from "../runs.ts";
import { type Arrival, type Carrier, Visitor, type VisitorContext } from "../visitor.ts";
import { readWorkerInfo, type WorkerWord } from "../worker-info.ts";
import { createOperations } from "./msgpack-operations.ts";
import { MsgpackWire } from "./msgpack-wire.ts";

const PAGE =
  "<!doctype html><title>Buildhand</title><p>This port is for workers that speak MessagePack. The status page is at the address that master.yaml has under web.\n";

/** Takes connections over. */
export function msgpackServer(context: VisitorContext): (socket: Socket, arrival: Arrival) => void {
  const arrivals = new WeakMap<Socket, Arrival>();
  const server = serveWebSockets({
    messageLimitBytes: msgpackLimits.messageBytes,
    page: PAGE,
    async admit(socket, authorization) {
      const arrival = arrivals.get(socket);
      if (arrival === undefined) return "malformed";
      const credentials = readBasic(authorization);
      if (credentials === undefined) return authorization === undefined ? "unauthorized" : "malformed";
      const [name, password] = credentials;
      const isRight = isEqual(password, context.registry.passwordOf(name));
      const carrier: Carrier = { close: () => void socket.destroy(), pause() {}, resume() {} };
      const visitor = new Visitor(arrival, context, carrier);
      const onClose = () => visitor.gone("closed the connection");
      socket.once("close", onClose);
      await visitor.judged(name, isRight);
      if (!isRight) return "unauthorized";
      return (link) => {
        socket.off("close", onClose);
        return welcome(link, { name, visitor, carrier, onBug: context.onBug });
      };
    },
  });
  return (socket, arrival) => {
    arrivals.set(socket, arrival);
    server.take(socket);
  };
}

interface Guest {
  readonly name: string;
  readonly visitor: Visitor;
  /** The visitor's, which the link takes over. */
  readonly carrier: Carrier;
  readonly onBug: (error: unknown) => void;
}

function welcome(link: WebSocketLink, { name, visitor, carrier, onBug }: Guest): WebSocketEvents {
  const known: { runs?: Runs } = {};
  const exchange = new Exchange({
    side: "master",
    operations: createOperations(() => {
      if (known.runs === undefined) throw masterErrors.notAuthenticated();
      return known.runs;
    }),
    send: (message, lane) => send(message, lane),
    onProblem: (sentence) => visitor.tell(`confuses the master: ${sentence}`),
    onBug,
  });
  Object.assign(carrier, {
    close(cause: WorkerError) {
      link.end();
      exchange.close(cause);
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
  } satisfies Carrier);
  function send(message: Uint8Array, lane: Lane): void {
    try {
      link.send(message, lane);
    } catch (error) {
      visitor.endFor(error);
    }
  }
  visitor
    .attach({
      name,
      greet: () => greet(exchange),
      wire(word, runs) {
        known.runs = runs;
        return new MsgpackWire({ exchange, word, runs });
      },
    })
    // It was said why; there is no word for it in the protocol.
    .catch(() => visitor.leave("it was not let in"));
  return {
    onMessage(message) {
      visitor.heard();
      try {
        exchange.receive(message);
      } catch (error) {
        visitor.endFor(error);
      }
    },
    onText: () => exchange.problem("a message of text"),
    onLife: () => visitor.heard(),
    onEnd: (end) => endFor(visitor, end),
  };
}

async function greet(exchange: Exchange): Promise<WorkerWord> {
  await exchange.request("print", new Map([["message", "attached"]]), "prompt");
  const told = await exchange.request("get_worker_info", new Map(), "prompt");
  if (told instanceof Map) return readWorkerInfo(told);
  throw baseErrors.badArguments("get_worker_info", "a dictionary as the worker's answer", "something else");
}

function endFor(visitor: Visitor, end: WebSocketEnd): void {
  if (end.kind === "broken") visitor.end(end.what);
  else visitor.gone(end.kind === "lost" ? end.what : "closed the connection");
}

/** Name and password; the word before them is compared exactly, as by real masters. */
function readBasic(authorization: string | undefined): readonly [string, string] | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

/** In constant time, and as long for a name that nobody has. */
function isEqual(given: string, right: string | undefined): boolean {
  const [one, other] = [given, right ?? ""].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other) && right !== undefined;
}
