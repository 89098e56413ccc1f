// One connection to a master over MessagePack, from the first look-up to the end: handshake, attach, pings. It joins a
// WebSocket to an exchange; when to connect again is not its business.
import type { Socket } from "node:net";
import type { Timer } from "../base/clock.ts";
import { errors, type WorkerError } from "../base/errors.ts";
import type { Lane } from "../base/lane.ts";
import { Exchange } from "../session/msgpack/exchange.ts";
import type { Credentials } from "../session/pb/login.ts";
import { certificateWarning } from "../transport/certificate-warning.ts";
import { openWebSocket, type WebSocketEnd, type WebSocketLink } from "../transport/websocket.ts";
import { msgpackLimits } from "../wire/msgpack/limits.ts";
import { watchCertificate } from "./certificate-watch.ts";
import type { ConnectionEnd, ConnectionRequest, EndableConnection } from "./connection.ts";
import { Keepalive } from "./keepalive.ts";
import { MsgpackCommands } from "./msgpack-commands.ts";
import { createOperations } from "./msgpack-operations.ts";
import { asWorkerError, openSocket } from "./open-socket.ts";
import type { Worker } from "./worker.ts";

export interface MsgpackConnectionOptions {
  readonly worker: Worker;
  readonly credentials: Credentials;
  /** Of the URL. */
  readonly path: string;
  /** Between pings; 0 turns them off. */
  readonly keepaliveMs: number;
  /** How long the master may take to answer one. */
  readonly keepaliveDeadlineMs: number;
  /** The master wants this process to end. */
  readonly onShutdown: () => void;
}

/** How long a master may take to answer the request for a WebSocket. */
const HANDSHAKE_LIMIT_MS = 30_000;
const NO_WORDS_FOR_IT = "MessagePack has no request for a shutdown";

export function msgpackConnection(options: MsgpackConnectionOptions): EndableConnection {
  let current: { readonly conversation: MsgpackConnection; readonly ended: Promise<ConnectionEnd> } | undefined;
  return {
    async run(request) {
      const opened = await openSocket(request, options.worker.settings);
      if ("end" in opened) return opened.end;
      let resolve: (end: ConnectionEnd) => void = () => {};
      const ended = new Promise<ConnectionEnd>((settle) => {
        resolve = settle;
      });
      current = { conversation: new MsgpackConnection({ ...options, request, resolve }, opened.socket), ended };
      const end = await ended;
      current = undefined;
      return end;
    },
    askShutdown() {
      if (current?.conversation.isLetIn !== true) return undefined;
      return { answer: Promise.resolve({ state: "unasked", reason: NO_WORDS_FOR_IT }), lost: current.ended };
    },
  };
}

interface Conversation extends MsgpackConnectionOptions {
  readonly request: ConnectionRequest;
  readonly resolve: (end: ConnectionEnd) => void;
}

class MsgpackConnection {
  readonly #options: Conversation;
  readonly #socket: Socket;
  readonly #link: WebSocketLink;
  readonly #exchange: Exchange;
  readonly #commands: MsgpackCommands;
  readonly #keepalive: Keepalive;
  readonly #onAbort = () => this.#end(errors.connectionLost("the worker is stopping"));
  #stage: "login" | "attach" | "ready" | "ended" = "login";
  /** Of the stage; each has one deadline at a time. */
  #deadline: Timer | undefined;
  #endWatch: () => void = () => {};

  constructor(options: Conversation, socket: Socket) {
    const { worker, request, credentials, path, keepaliveDeadlineMs, onShutdown } = options;
    const { clock, log, onBug } = worker.settings;
    const { shown } = request.target;
    this.#options = options;
    this.#socket = socket;
    const operations = createOperations({
      worker,
      commands: () => this.#commands,
      onAttached: () => this.#ready(),
      onShutdown,
    });
    this.#exchange = new Exchange({
      operations,
      send: (message, lane) => this.#send(message, lane),
      onProblem: log,
      onBug,
    });
    this.#commands = new MsgpackCommands(worker, this.#exchange);
    this.#keepalive = new Keepalive({
      clock,
      log,
      intervalMs: options.keepaliveMs,
      deadlineMs: keepaliveDeadlineMs,
      onSilence: () => this.#endLost(`has not answered a ping for ${keepaliveDeadlineMs / 1000} seconds`),
    });
    request.onStage("login");
    this.#link = openWebSocket(
      {
        socket,
        // Which host a socket of this host's file system is of, nobody asks.
        host: shown.startsWith("/") ? "localhost" : shown,
        path,
        authorization: basicAuthorization(credentials),
        messageLimitBytes: msgpackLimits.messageBytes,
      },
      {
        onOpen: () => this.#attach(),
        onMessage: (message) => this.#receive(message),
        onText: () => this.#exchange.problem("a message of text"),
        onLife: () => this.#keepalive.noteLife(),
        onEnd: (end) => this.#end(this.#causeOf(end)),
      },
    );
    this.#within(HANDSHAKE_LIMIT_MS, () =>
      this.#endLost(`has not answered the request for a WebSocket within ${HANDSHAKE_LIMIT_MS / 1000} seconds`),
    );
    request.signal.addEventListener("abort", this.#onAbort);
    if (request.signal.aborted) this.#onAbort();
  }

  /** Whether the master has taken name and password, and is there. */
  get isLetIn(): boolean {
    return this.#stage === "attach" || this.#stage === "ready";
  }

  #receive(message: Uint8Array): void {
    try {
      this.#exchange.receive(message);
    } catch (error) {
      this.#endFor(error, "broke the protocol");
    }
  }

  /** Never throws: a master that reads nothing ends the connection, not the command that talks to it. */
  #send(message: Uint8Array, lane: Lane): void {
    try {
      this.#link.send(message, lane);
    } catch (error) {
      this.#endFor(error, "does not read what it is sent");
    }
  }

  #attach(): void {
    this.#stage = "attach";
    this.#options.request.onStage("attach");
    this.#watchAttach();
  }

  #ready(): void {
    if (this.#stage !== "attach") return;
    this.#stage = "ready";
    this.#deadline?.cancel();
    this.#options.request.onStage("ready");
    this.#keepalive.start(() => this.#link.ping());
    const warningAt = (nowMs: number) => certificateWarning(this.#socket, nowMs);
    if ("encrypted" in this.#socket) {
      this.#endWatch = watchCertificate({ ...this.#options.worker.settings, warningAt });
    }
  }

  /** The first cause wins. */
  #end(cause: WorkerError): void {
    const stage = this.#stage;
    if (stage === "ended") return;
    const { request, resolve } = this.#options;
    this.#stage = "ended";
    this.#deadline?.cancel();
    this.#keepalive.stop();
    this.#endWatch();
    request.signal.removeEventListener("abort", this.#onAbort);
    this.#link.end();
    this.#exchange.close(errors.connectionLost.from(cause, cause.message));
    request.onLost();
    resolve({ stage, cause });
  }

  /** Ends for what was thrown: a WorkerError is the master's doing, which was `what`; anything else is a bug of ours. */
  #endFor(error: unknown, what: string): void {
    const cause = asWorkerError(error, this.#options.worker.settings.onBug);
    const isExplained = cause !== error || cause.family === "connection";
    if (isExplained) this.#end(cause);
    else this.#endLost(`${what}: ${cause.message}`, cause);
  }

  /** Ends for what the master did, as in "it closed the connection". */
  #endLost(what: string, cause?: Error): void {
    this.#end(this.#lost(what, cause));
  }

  #causeOf(end: WebSocketEnd): WorkerError {
    const { shown } = this.#options.request.target;
    switch (end.kind) {
      case "unauthorized":
        return errors.loginRefused(this.#options.credentials.name);
      case "refused":
        return errors.webSocketRefused.from(end.cause, shown, end.why).withTrouble(end.trouble);
      case "lost":
        return this.#lost(end.what, end.cause);
      case "broken":
        return this.#lost(`broke the protocol of WebSockets: ${end.cause.message}`, end.cause);
      default:
        return end satisfies never;
    }
  }

  #lost(what: string, cause: Error | undefined): WorkerError {
    const sentence = `the master at ${this.#options.request.target.shown} ${what}`;
    const stage = this.#stage;
    if (stage === "ready" || stage === "ended") return errors.connectionLost.from(cause, sentence);
    return errors.connectFailed.from(cause, stage, sentence);
  }

  #watchAttach(): void {
    const { target, attachLimitMs } = this.#options.request;
    this.#within(attachLimitMs, () => {
      // It waits for us, as while a slow disk is listed.
      if (this.#commands.size > 0) return this.#watchAttach();
      this.#end(errors.notAttached(target.shown, attachLimitMs / 1000, ""));
    });
  }

  #within(limitMs: number, onOver: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.#options.worker.settings.clock.after(limitMs, onOver);
  }
}

/** The header that lets a worker in. The word is in this form only: masters compare it so. */
export function basicAuthorization({ name, password }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
