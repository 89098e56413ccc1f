// A WebSocket of either side, open or opening: whole messages both ways, pings, the end. It knows neither what messages
// mean nor how long anything may take.
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { messageBlocks } from "../base/block-pool.ts";
import { countStreamed } from "../base/engine.ts";
import type { Lane } from "../base/lane.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { Outbox } from "./outbox.ts";
import { systemCause } from "./system-cause.ts";
import { notHttpRefusal, notHttpTrouble } from "./upgrade-refusal.ts";
import { maskedFrameHeader } from "./websocket-frame.ts";

/** With more unread bytes than this, a peer gets no answers to its pings. */
const UNREAD_LIMIT_BYTES = 1024 * 1024;

/** How a connection ended; `what` is a clause about the peer: `closed the connection`. */
export type WebSocketEnd =
  /** The server rejects name and password. */
  | { readonly kind: "unauthorized" }
  /** No WebSocket was opened; `why` begins with a verb. */
  | { readonly kind: "refused"; readonly why: string; readonly cause?: Error; readonly trouble?: TroubleCode }
  /** The peer, or the network, ended it. */
  | { readonly kind: "lost"; readonly what: string; readonly cause?: Error }
  /** The peer violated the protocol or the message limit. */
  | { readonly kind: "broken"; readonly what: string; readonly cause: Error };

export interface WebSocketEvents {
  readonly onMessage: (message: Uint8Array) => void;
  /** A text message arrived, which cannot be MessagePack. */
  readonly onText: () => void;
  /** Any bytes arrived, even part of a message. */
  readonly onActivity: () => void;
  /** Called once, unless `end` was called. */
  readonly onEnd: (end: WebSocketEnd) => void;
}

export interface WebSocketLink {
  /**
   * Takes the message over: its memory is masked and reused. Throws ERR_SESSION_LIMIT when too many bytes wait for the
   * peer. Nothing is sent before it is open.
   */
  send(message: Uint8Array, lane: Lane): void;
  /** Resolves when the peer answers; never if it does not. */
  ping(): Promise<void>;
  /** Stops reading, so that the peer has to wait, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it at once, without `onEnd`. Idempotent. */
  end(): void;
}

export interface OwnedLink extends WebSocketLink {
  readonly isOver: boolean;
  /** Bytes that arrive from now on belong to the WebSocket. */
  opened(): void;
  endWith(end: WebSocketEnd): void;
}

export interface WebSocketLinkOptions {
  readonly side: "client" | "server";
  /** The socket below the WebSocket. */
  readonly socket: Socket;
  /** The same as that of the WebSocket. */
  readonly messageLimitBytes: number;
  /** Called once, before any event. */
  readonly eventsOf: (link: WebSocketLink) => WebSocketEvents;
}

export function createLink(
  webSocket: WebSocket,
  { side, socket, messageLimitBytes, eventsOf }: WebSocketLinkOptions,
): OwnedLink {
  let isOver = false;
  let pongs: (() => void)[] = [];
  // One message at a time; others wait in the lanes of the outbox.
  const sink = new Writable({
    write: (message: Buffer, _encoding, done) => {
      const sent = (error?: Error | null) => {
        messageBlocks.giveBack(message);
        done(error);
      };
      // Only `ws` knows how to compress, and what to say when the connection is closing.
      const isPlain = webSocket.readyState === webSocket.OPEN && webSocket.extensions === "";
      if (side === "server" || !isPlain) return webSocket.send(message, { binary: true }, sent);
      socket.cork();
      socket.write(maskedFrameHeader(message));
      socket.write(message, sent);
      socket.uncork();
    },
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
  sink.on("error", () => {}); // the WebSocket reports why it cannot send
  socket.on("error", () => {}); // likewise
  webSocket
    .on("message", (message: RawData, isBinary: boolean) => {
      if (isOver) return;
      if (isBinary)
        events.onMessage(message as Buffer); // binaryType is `nodebuffer` by default
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
        if (!isOver) events.onActivity();
      }),
    endWith: end,
    send: (message, lane) => {
      if (!messageBlocks.owns(message)) countStreamed(message.length);
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

/** Errors of Node's HTTP parser hold the bytes that it could not parse; those of `ws` have their own codes. */
function endOfError(error: Error & { code?: string; rawPacket?: Uint8Array }, messageLimitBytes: number): WebSocketEnd {
  const { code = "", rawPacket } = error;
  if (code.startsWith("HPE_")) {
    const received = rawPacket ?? Buffer.of();
    return { kind: "refused", why: notHttpRefusal(received), cause: error, trouble: notHttpTrouble(received) };
  }
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
    return { kind: "broken", what: `sent a message of more than ${messageLimitBytes} bytes`, cause: error };
  }
  if (code.startsWith("WS_ERR")) {
    return { kind: "broken", what: `violated the WebSocket protocol: ${error.message}`, cause: error };
  }
  if (error.message === "socket hang up") {
    return { kind: "lost", what: "closed the connection instead of answering", cause: error };
  }
  if (code !== "") return { kind: "lost", what: `dropped the connection: ${systemCause(error)}`, cause: error };
  return { kind: "refused", why: `does not open a WebSocket: ${error.message}`, cause: error };
}

/** 1005 is a close frame without a code, 1006 a connection without a close frame. */
function closureText(code: number, reason: Buffer): string {
  if (code === 1005 || code === 1006) return "closed the connection";
  const words = reason.length === 0 ? "" : ` ${JSON.stringify(reason.toString("utf8"))}`;
  return `closed the connection (${code}${words})`;
}
