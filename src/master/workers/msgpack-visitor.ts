// Connections of workers over MessagePack: name and password in the request for a WebSocket, then the attach conversation. It
// joins WebSockets to exchanges.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { errors } from "../../base/errors.ts";
import type { Lane } from "../../base/lane.ts";
import { Exchange } from "../../session/msgpack/exchange.ts";
import type { WebSocketEnd, WebSocketEvents, WebSocketLink } from "../../transport/websocket-link.ts";
import { serveWebSockets } from "../../transport/websocket-server.ts";
import { msgpackLimits } from "../../wire/msgpack/limits.ts";
import { createOperations } from "./msgpack-operations.ts";
import { MsgpackWire } from "./msgpack-wire.ts";
import type { Runs } from "./runs.ts";
import { type Arrival, Visitor, type VisitorContext } from "./visitor.ts";
import { readWorkerInfo, type WorkerWord } from "./worker-info.ts";

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
      if (isEqual(password, context.registry.passwordOf(name))) return (link) => welcome(link, name, arrival, context);
      const stranger = new Visitor(arrival, context, { close: () => socket.destroy(), pause() {}, resume() {} });
      socket.once("close", () => stranger.gone("closed the connection"));
      await stranger.refused(name);
      return "unauthorized";
    },
  });
  return (socket, arrival) => {
    arrivals.set(socket, arrival);
    server.take(socket);
  };
}

function welcome(link: WebSocketLink, name: string, arrival: Arrival, context: VisitorContext): WebSocketEvents {
  const known: { runs?: Runs } = {};
  const exchange = new Exchange({
    side: "master",
    operations: createOperations(() => {
      if (known.runs === undefined) throw errors.notAuthenticated();
      return known.runs;
    }),
    send: (message, lane) => send(message, lane),
    onProblem: (sentence) => visitor.tell(`confuses the master: ${sentence}`),
    onBug: context.onBug,
  });
  const visitor: Visitor = new Visitor(arrival, context, {
    close(cause) {
      link.end();
      exchange.close(cause);
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
  });
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
  throw errors.badArguments("get_worker_info", "a dictionary as the worker's answer", "something else");
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
