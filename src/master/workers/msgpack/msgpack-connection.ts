// Connections of workers over MessagePack: name and password in the request for a WebSocket, then the attach conversation. It
// joins WebSockets to exchanges.
import type { Socket } from "node:net";
import { baseErrors } from "../../../base/errors.ts";
import { Exchange } from "../../../session/msgpack/index.ts";
import { serveWebSockets, type WebSocketEvents, type WebSocketLink } from "../../../transport/index.ts";
import { msgpackLimits } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import { isSecret } from "../../secret.ts";
import type { ConnectionContext, IncomingConnection } from "../incoming-connection.ts";
import type { WorkerConnection } from "../worker-connection.ts";
import { readWorkerInfo, type WorkerWord } from "../worker-info.ts";
import { masterOperations } from "./msgpack-operations.ts";
import { MsgpackSession } from "./msgpack-session.ts";

const PAGE =
  "<!doctype html><title>Buildhand</title><p>This port is for workers that speak MessagePack. The status page is at the address that master.yaml has under web.\n";

/** Takes connections over. */
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
      await connection.judged(name, isRight);
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
    onProblem: (sentence) => connection.tell(`confuses the master: ${sentence}`),
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
      session(word, known) {
        worker = known;
        return new MsgpackSession({ exchange, word, worker });
      },
    })
    // It was said why; there is no word for it in the protocol.
    .catch(() => connection.close("it was not let in"));
  return {
    onMessage(message) {
      connection.heard();
      connection.guard(() => exchange.receive(message));
    },
    onText: () => exchange.problem("a message of text"),
    onActivity: () => connection.heard(),
    onEnd(end) {
      if (end.kind === "broken") connection.end(end.what);
      else connection.gone(end.kind === "lost" ? end.what : "closed the connection");
    },
  };
}

async function greet(exchange: Exchange): Promise<WorkerWord> {
  await exchange.request("print", new Map([["message", "attached"]]), "prompt");
  const told = await exchange.request("get_worker_info", new Map(), "prompt");
  if (told instanceof Map) return readWorkerInfo(told);
  throw baseErrors.badArguments("get_worker_info", "a dictionary as the worker's answer", "something else");
}

/** Name and password; the word before them is compared exactly, as by real masters. */
function readBasic(authorization: string | undefined): readonly [string, string] | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}
