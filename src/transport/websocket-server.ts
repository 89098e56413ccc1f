// The server's side of WebSockets, on sockets that somebody else accepted: the handshake, with the refusals that Buildbot's
// workers know (docs/protocol/buildbot-msgpack.md §1). Who may come in, and how long it may take, is decided elsewhere.
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { createLink, type WebSocketEvents, type WebSocketLink } from "./websocket-link.ts";

/** Of a request for a WebSocket, all lines together. */
const HEADER_LIMIT_BYTES = 16 * 1024;

/** Gives what is to be told about a link that was let in. */
export type WebSocketAcceptor = (link: WebSocketLink) => WebSocketEvents;

export interface WebSocketServerOptions {
  /** Larger messages end the connection before they are read. */
  readonly messageLimitBytes: number;
  /** Reads the header `Authorization`, and decides; the answer may take its time. */
  readonly admit: (
    socket: Socket,
    authorization: string | undefined,
  ) => Promise<WebSocketAcceptor | "unauthorized" | "malformed">;
  /** What a person with a browser is told. */
  readonly page: string;
}

export interface WebSockets {
  /** Takes a connection over, which has to have a listener for errors. */
  take(socket: Socket): void;
}

export function serveWebSockets({ messageLimitBytes, admit, page }: WebSocketServerOptions): WebSockets {
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageLimitBytes,
    autoPong: false,
    handleProtocols: () => false,
  });
  upgrades.on("wsClientError", (_, socket: Duplex) => refuse(socket, "400 Bad request"));
  const http = createServer({ maxHeaderSize: HEADER_LIMIT_BYTES }, (_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", Connection: "close" });
    response.end(page);
  });
  http.on("clientError", (_, socket: Duplex) => refuse(socket, "400 Bad request"));
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void (async () => {
      const plain = socket as Socket; // as `take` had it
      const welcome = await admit(plain, request.headers.authorization);
      if (plain.destroyed) return;
      if (welcome === "unauthorized") return refuse(socket, "401 Unauthorized");
      if (welcome === "malformed") return refuse(socket, "400 Bad request");
      upgrades.handleUpgrade(request, plain, head, (webSocket) => {
        createLink(webSocket, { socket: plain, messageLimitBytes, eventsOf: welcome }).opened();
      });
    })();
  });
  return { take: (socket) => void http.emit("connection", socket) };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\n\r\n`, () => socket.destroy());
}
