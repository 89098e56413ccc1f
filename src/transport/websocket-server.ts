// The server's side of WebSockets, on sockets that the caller accepted: the handshake, with the refusals that
// Buildbot's workers expect (buildbot-msgpack.md §1). The caller decides about admission and deadlines.
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { createLink, type WebSocketEvents, type WebSocketLink } from "./websocket-link.ts";

/** All header lines of an upgrade request together. */
const HEADER_LIMIT_BYTES = 16 * 1024;

/** Returns the event handlers of an admitted link. */
export type WebSocketAcceptor = (link: WebSocketLink) => WebSocketEvents;

export interface WebSocketServerOptions {
  /** Larger messages end the connection before they are read. */
  readonly messageLimitBytes: number;
  /** Decides from the `Authorization` header; may take its time. */
  readonly admit: (
    socket: Socket,
    authorization: string | undefined,
  ) => Promise<WebSocketAcceptor | "unauthorized" | "malformed">;
  /** HTML for a visitor with a browser. */
  readonly page: string;
}

export interface WebSockets {
  /** Takes over a connection, which must have a listener for errors. */
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
      const plain = socket as Socket; // from `take`
      const admission = await admit(plain, request.headers.authorization);
      if (plain.destroyed) return;
      if (admission === "unauthorized") return refuse(socket, "401 Unauthorized");
      if (admission === "malformed") return refuse(socket, "400 Bad request");
      upgrades.handleUpgrade(request, plain, head, (webSocket) => {
        createLink(webSocket, { side: "server", socket: plain, messageLimitBytes, eventsOf: admission }).opened();
      });
    })();
  });
  return { take: (socket) => void http.emit("connection", socket) };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\n\r\n`, () => socket.destroy());
}
