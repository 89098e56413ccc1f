// One connection to a master over MessagePack, from the handshake to the end. Connects a WebSocket to an exchange; does not
// reconnect.

import type { Lane } from "../../base/lane.ts";
import { sessionErrors } from "../../session/errors.ts";
import { Exchange, shownMessage } from "../../session/msgpack/index.ts";
import type { Credentials } from "../../session/pb/index.ts";
import { openWebSocket, transportErrors, type WebSocketEnd, type WebSocketLink } from "../../transport/index.ts";
import { msgpackLimits } from "../../wire/msgpack/index.ts";
import type { ConnectionEnd, EndableConnection } from "../connection.ts";
import { Conversation, connectionBy, type Opened, type SessionOptions } from "../conversation.ts";
import { workerErrors } from "../errors.ts";
import { tlsReasonOf } from "../open-socket.ts";
import type { ShutdownAsking } from "../shutdown-request.ts";
import { MsgpackCommands } from "./msgpack-commands.ts";
import { createOperations } from "./msgpack-operations.ts";

export interface MsgpackConnectionOptions extends SessionOptions {
  /** Of the URL. */
  readonly path: string;
  /** Offer compression of messages to the master. */
  readonly deflate: boolean;
  /** Log each message, truncated. */
  readonly logsMessages: boolean;
}

/** How long a master may take to answer the request for a WebSocket. */
const HANDSHAKE_LIMIT_MS = 30_000;
/** Proxies and firewalls often close connections that are idle for a minute. */
const LONGEST_PING_INTERVAL_MS = 30_000;
const NO_SHUTDOWN_REQUEST = "MessagePack has no request for a shutdown";

export function msgpackConnection(options: MsgpackConnectionOptions): EndableConnection {
  return connectionBy(options, (opened) => new MsgpackConnection(options, opened));
}

class MsgpackConnection {
  readonly #credentials: Credentials;
  readonly #conversation: Conversation;
  readonly #link: WebSocketLink;
  readonly #exchange: Exchange;
  readonly #commands: MsgpackCommands;

  constructor(options: MsgpackConnectionOptions, opened: Opened) {
    const { worker, credentials, keepaliveMs, keepaliveDeadlineMs, onShutdown, onBuild, logsMessages } = options;
    const { log, onBug } = worker.settings;
    this.#credentials = credentials;
    this.#conversation = new Conversation({
      ...opened,
      worker,
      keepaliveMs: Math.min(keepaliveMs, LONGEST_PING_INTERVAL_MS),
      keepaliveDeadlineMs,
      keepaliveName: "a ping",
      specificEnd: (_, cause) => this.#tlsEnd(opened.request.target.shown, cause),
      close: (cause) => {
        this.#link.end();
        this.#exchange.close(sessionErrors.connectionLost.from(cause, cause.message));
      },
    });
    const operations = createOperations({
      worker,
      commands: () => this.#commands,
      onAttached: () => {
        if (this.#conversation.stage === "attach") this.#conversation.ready();
      },
      onShutdown,
      onBuild,
    });
    this.#exchange = new Exchange({
      operations,
      send: (message, lane) => this.#send(message, lane),
      onProblem: log,
      onBug,
      onMessage: logsMessages
        ? (direction, message) => log(`${direction === "in" ? "<-" : "->"} ${shownMessage(message)}`)
        : () => {},
    });
    this.#commands = new MsgpackCommands(worker, this.#exchange, opened.relayed);
    this.#link = this.#open(options, opened);
    this.#conversation.begin();
    this.#conversation.setDeadline(HANDSHAKE_LIMIT_MS, () =>
      this.#conversation.endLost(
        `has not answered the request for a WebSocket within ${HANDSHAKE_LIMIT_MS / 1000} seconds`,
      ),
    );
  }

  get backlogBytes(): number {
    return this.#commands.backlogBytes;
  }

  askShutdown(): ShutdownAsking | undefined {
    const { stage } = this.#conversation;
    return stage === "attach" || stage === "ready" ? { unasked: NO_SHUTDOWN_REQUEST } : undefined;
  }

  #open({ credentials, path, deflate }: MsgpackConnectionOptions, { socket, request }: Opened): WebSocketLink {
    const { shown } = request.target;
    return openWebSocket(
      {
        socket,
        // The host of a Unix socket does not matter.
        host: shown.startsWith("/") ? "localhost" : shown,
        path,
        authorization: basicAuthorization(credentials),
        deflate,
        messageLimitBytes: msgpackLimits.messageBytes,
      },
      {
        onOpen: () => this.#attach(),
        onMessage: (message) => this.#receive(message),
        onText: () => this.#exchange.problem("a message of text"),
        onActivity: () => this.#conversation.touch(),
        onEnd: (end) => this.#endBy(end, shown),
      },
    );
  }

  /** The peer refused the TLS connection after the handshake. */
  #tlsEnd(shown: string, cause: Error | undefined): ConnectionEnd | undefined {
    const refusal = this.#conversation.stage === "login" ? tlsReasonOf(cause) : undefined;
    if (refusal === undefined) return undefined;
    const sentence = `the master at ${shown} dropped the connection: ${refusal}`;
    return { stage: "TLS", cause: transportErrors.tlsFailed.from(cause, sentence) };
  }

  #receive(message: Uint8Array): void {
    this.#conversation.attempt(() => this.#exchange.receive(message), "broke the protocol");
  }

  /** If the master does not read, the connection ends instead of the command that sends. */
  #send(message: Uint8Array, lane: Lane): void {
    this.#conversation.attempt(() => this.#link.send(message, lane), "does not read fast enough");
  }

  #attach(): void {
    // While commands run, the master waits for us, for example for the listing of a slow disk.
    this.#conversation.attach({ isAwaited: () => this.#commands.size > 0, problem: () => "" });
    this.#conversation.keepAlive(() => this.#link.ping());
  }

  #endBy(end: WebSocketEnd, shown: string): void {
    switch (end.kind) {
      case "unauthorized":
        return this.#conversation.end(sessionErrors.loginRefused(this.#credentials.name));
      case "refused":
        return this.#conversation.end(
          workerErrors.webSocketRefused.from(end.cause, shown, end.why).withTrouble(end.trouble),
        );
      case "lost":
      case "broken":
        return this.#conversation.endLost(end.what, end.cause);
      default:
        return end satisfies never;
    }
  }
}

/** The login header. `Basic` must have this case: masters compare it exactly. */
export function basicAuthorization({ name, password }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
