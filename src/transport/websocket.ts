// Opens a WebSocket on a connected socket; the caller enforces deadlines. Loaded only when the protocol needs it.
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { upgradeRefusal } from "./upgrade-refusal.ts";
import { createLink, type WebSocketEvents, type WebSocketLink } from "./websocket-link.ts";

export interface WebSocketRequest {
  readonly socket: Socket;
  /** For the header `Host`. */
  readonly host: string;
  readonly path: string;
  /** For the header `Authorization`; never shown. */
  readonly authorization: string;
  /** Offer compression. */
  readonly deflate: boolean;
  /** Larger messages end the connection before they are read or inflated. */
  readonly messageLimitBytes: number;
}

export interface ClientEvents extends WebSocketEvents {
  readonly onOpen: () => void;
}

export function openWebSocket(request: WebSocketRequest, events: ClientEvents): WebSocketLink {
  const { socket, host, path, authorization, deflate, messageLimitBytes } = request;
  const webSocket = new WebSocket(urlOf(path), {
    createConnection: () => socket,
    headers: { Host: host, Authorization: authorization },
    perMessageDeflate: deflate,
    maxPayload: messageLimitBytes,
    followRedirects: false,
    autoPong: false,
  });
  const link = createLink(webSocket, { side: "client", socket, messageLimitBytes, eventsOf: () => events });
  webSocket
    .on("unexpected-response", (_, response) => {
      const { statusCode: status = 0, statusMessage: reason = "", headers } = response;
      if (status === 401) return link.endWith({ kind: "unauthorized" });
      link.endWith({ kind: "refused", why: upgradeRefusal({ status, reason, location: headers.location }, path) });
    })
    .on("open", () => {
      if (link.isOver) return;
      link.opened();
      events.onOpen();
    });
  return link;
}

/** The socket is already connected, so only the path of the URL is used. */
function urlOf(path: string): string {
  return `ws://master${path.startsWith("/") ? "" : "/"}${path.replaceAll("#", "%23")}`;
}
