// Connections of workers over MessagePack: the login in the WebSocket request, then the attach conversation. Joins
// WebSockets to exchanges.
import type { Socket } from "node:net";
import { baseErrors } from "../../../base/errors.ts";
import { Exchange } from "../../../session/msgpack/index.ts";
import { serveWebSockets, type WebSocketEvents, type WebSocketLink } from "../../../transport/index.ts";
import { msgpackLimits } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import { isSecret } from "../../secret.ts";
import type { ConnectionContext, IncomingConnection } from "../incoming-connection.ts";
import type { WorkerConnection } from "../worker-connection.ts";
import { type AttachReport, readWorkerInfo } from "../worker-info.ts";
import { masterOperations } from "./msgpack-operations.ts";
import { MsgpackSession } from "./msgpack-session.ts";

const PAGE =
  "<!doctype html><title>Buildhand</title><p>This port is for workers that connect over MessagePack. The address of the status page is set in master.yaml, key web.\n";

/** Takes over connections. */
export function msgpackServer(context: ConnectionContext): (socket: Socket, connection: IncomingConnection) => void {
  const connections = new WeakMap<Socket, IncomingConnection>();
  const server = serveWebSockets({
    messageLimitBytes: msgpackLimits.messageBytes,
    page: PAGE,
    async admit(socket, authorization) {
      const connection = connections.get(socket);
      if (connection === undefined) return "malformed";
      const credentials = readBasic(authorization);
      if (credentials === undefined) return authorization === undefined ? "unauthorized" : "malformed";
      const [name, password] = credentials;
      const isRight = isSecret(password, context.registry.passwordOf(name));
      await connection.delayAnswer(name, isRight);
      return isRight ? (link) => attach(link, connection, name) : "unauthorized";
    },
  });
  return (socket, connection) => {
    connections.set(socket, connection);
    server.take(socket);
  };
}

function attach(link: WebSocketLink, connection: IncomingConnection, name: string): WebSocketEvents {
  let worker: WorkerConnection | undefined;
  const exchange = new Exchange({
    side: "master",
    operations: masterOperations(() => {
      if (worker === undefined) throw masterErrors.notAuthenticated();
      return worker;
    }),
    send: (message, lane) => connection.guard(() => link.send(message, lane)),
    onProblem: (sentence) => connection.report(`sent something unexpected: ${sentence}`),
    onBug: connection.context.onBug,
  });
  connection.transport = {
    close(cause) {
      link.end();
      exchange.close(cause);
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
  };
  connection
    .attach({
      name,
      greet: () => greet(exchange),
      session(report, known) {
        worker = known;
        return new MsgpackSession({ exchange, report, worker });
      },
    })
    // Already logged; the protocol has no message for it.
    .catch(() => connection.close("it was rejected"));
  return {
    onMessage(message) {
      connection.noteActivity();
      connection.guard(() => exchange.receive(message));
    },
    onText: () => exchange.problem("a message of text"),
    onActivity: () => connection.noteActivity(),
    onEnd(end) {
      if (end.kind === "broken") connection.end(end.what);
      else connection.gone(end.kind === "lost" ? end.what : "closed the connection");
    },
  };
}

async function greet(exchange: Exchange): Promise<AttachReport> {
  await exchange.request("print", new Map([["message", "attached"]]), "prompt");
  const answer = await exchange.request("get_worker_info", new Map(), "prompt");
  if (answer instanceof Map) return readWorkerInfo(answer);
  throw baseErrors.badArguments("get_worker_info", "a dictionary as the worker's answer", "something else");
}

/** Name and password. The scheme is compared case-sensitively, as in Buildbot. */
function readBasic(authorization: string | undefined): readonly [string, string] | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}
