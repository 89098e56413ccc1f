// A WebSocket that is made or being made, of either side: whole messages both ways, pings, the end. It knows neither what
// messages mean nor how long anything may take.
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { countStreamed } from "../base/buffer-garbage.ts";
import type { Lane } from "../base/lane.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { Outbox } from "./outbox.ts";
import { systemCause } from "./system-cause.ts";
import { strangerRefusal, strangerTrouble } from "./upgrade-refusal.ts";

/** A peer that does not read what it is sent gets no answers to its pings beyond so many bytes. */
const UNREAD_LIMIT_BYTES = 1024 * 1024;

/** How a connection ended, as a clause behind what ended it: `closed the connection`. */
export type WebSocketEnd =
  /** The server does not take name and password. */
  | { readonly kind: "unauthorized" }
  /** It did not become a WebSocket; `why` begins with a verb. */
  | { readonly kind: "refused"; readonly why: string; readonly cause?: Error; readonly trouble?: TroubleCode }
  /** The other side, or what is between, ended it. */
  | { readonly kind: "lost"; readonly what: string; readonly cause?: Error }
  /** The other side does not keep to the rules of WebSockets, or to the limit. */
  | { readonly kind: "broken"; readonly what: string; readonly cause: Error };

export interface WebSocketEvents {
  readonly onMessage: (message: Uint8Array) => void;
  /** A message of text came, which is no MessagePack. */
  readonly onText: () => void;
  /** Anything came, be it a part of a message. */
  readonly onLife: () => void;
  /** Called once, unless it was ended from here. */
  readonly onEnd: (end: WebSocketEnd) => void;
}

export interface WebSocketLink {
  /** Throws ERR_SESSION_LIMIT when the peer has not read for too long. Nothing is sent before it is open. */
  send(message: Uint8Array, lane: Lane): void;
  /** Resolves when the peer has answered; never when it does not. */
  ping(): Promise<void>;
  /** Reads no more, so that the peer has to wait, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it at once, and silently. Harmless when repeated. */
  end(): void;
}

export interface OwnedLink extends WebSocketLink {
  readonly isOver: boolean;
  /** From here on what comes is the WebSocket's. */
  opened(): void;
  endWith(end: WebSocketEnd): void;
}

export interface WebSocketLinkOptions {
  /** What the WebSocket is on top of. */
  readonly socket: Socket;
  /** As it was made with. */
  readonly messageLimitBytes: number;
  /** Asked once, before anything can happen. */
  readonly eventsOf: (link: WebSocketLink) => WebSocketEvents;
}

export function createLink(
  webSocket: WebSocket,
  { socket, messageLimitBytes, eventsOf }: WebSocketLinkOptions,
): OwnedLink {
  let isOver = false;
  let pongs: (() => void)[] = [];
  // One message at a time; those that wait do so in the lanes of the outbox.
  const sink = new Writable({
    write: (message: Buffer, _encoding, done) => webSocket.send(message, { binary: true }, done),
  });
  const outbox = new Outbox(sink);
  const end = (how?: WebSocketEnd) => {
    if (isOver) return;
    isOver = true;
    sink.destroy();
    webSocket.terminate();
    socket.destroy();
    if (how !== undefined) events.onEnd(how);
  };
  sink.on("error", () => {}); // the WebSocket tells why it cannot send
  socket.on("error", () => {}); // as does it
  webSocket
    .on("message", (message: RawData, isBinary: boolean) => {
      if (isOver) return;
      if (isBinary)
        events.onMessage(message as Buffer); // as `nodebuffer`, the default, has it
      else events.onText();
    })
    .on("ping", (payload: Buffer) => {
      if (!isOver && webSocket.bufferedAmount < UNREAD_LIMIT_BYTES) webSocket.pong(payload);
    })
    .on("pong", () => {
      for (const answered of pongs.splice(0)) answered();
    })
    .on("error", (error: Error) => end(endOfError(error, messageLimitBytes)))
    .on("close", (code: number, reason: Buffer) => end({ kind: "lost", what: closureText(code, reason) }));
  const link: OwnedLink = {
    get isOver() {
      return isOver;
    },
    opened: () =>
      void socket.on("data", () => {
        if (!isOver) events.onLife();
      }),
    endWith: end,
    send: (message, lane) => {
      countStreamed(message.length);
      outbox.send([message], lane);
    },
    ping: () =>
      new Promise((resolve) => {
        if (isOver) return;
        pongs.push(resolve);
        webSocket.ping();
      }),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    end: () => {
      pongs = [];
      end();
    },
  };
  const events = eventsOf(link);
  return link;
}

/** Errors of Node's HTTP parser carry what could not be parsed; those of `ws` have codes of their own. */
function endOfError(error: Error & { code?: string; rawPacket?: Uint8Array }, messageLimitBytes: number): WebSocketEnd {
  const { code = "", rawPacket } = error;
  if (code.startsWith("HPE_")) {
    const heard = rawPacket ?? Buffer.of();
    return { kind: "refused", why: strangerRefusal(heard), cause: error, trouble: strangerTrouble(heard) };
  }
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
    return { kind: "broken", what: `sent a message of more than ${messageLimitBytes} bytes`, cause: error };
  }
  if (code.startsWith("WS_ERR")) {
    return { kind: "broken", what: `broke the protocol of WebSockets: ${error.message}`, cause: error };
  }
  if (error.message === "socket hang up") {
    return { kind: "lost", what: "closed the connection instead of answering", cause: error };
  }
  if (code !== "") return { kind: "lost", what: `broke the connection off: ${systemCause(error)}`, cause: error };
  return { kind: "refused", why: `does not make a WebSocket: ${error.message}`, cause: error };
}

/** 1005 and 1006 stand for a close without a code, and for none. */
function closureText(code: number, reason: Buffer): string {
  if (code === 1005 || code === 1006) return "closed the connection";
  const words = reason.length === 0 ? "" : ` ${JSON.stringify(reason.toString("utf8"))}`;
  return `closed the connection (${code}${words})`;
}
