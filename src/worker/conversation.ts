// The part of a connection to a master that all protocols share: stages with deadlines, keepalives, and one end with its
// cause.
import type { Socket } from "node:net";
import type { Timer } from "../base/clock.ts";
import type { WorkerError } from "../base/errors.ts";
import { sessionErrors } from "../session/errors.ts";
import type { Credentials } from "../session/pb/index.ts";
import { certificateWarning, type Relayed, transportErrors } from "../transport/index.ts";
import { remindOfCertificateExpiry } from "./certificate-expiry-reminder.ts";
import type { ConnectionEnd, ConnectionRequest, EndableConnection } from "./connection.ts";
import { workerErrors } from "./errors.ts";
import { Keepalive } from "./keepalive.ts";
import { asWorkerError, openSocket } from "./open-socket.ts";
import type { ShutdownAsking } from "./shutdown-request.ts";
import type { Worker } from "./worker.ts";

/** Settings that every protocol needs. */
export interface SessionOptions {
  readonly worker: Worker;
  readonly credentials: Credentials;
  /** 0 turns keepalives off. */
  readonly keepaliveMs: number;
  /** How long the master may take to answer a keepalive. */
  readonly keepaliveDeadlineMs: number;
  /** The master requests the end of this process. */
  readonly onShutdown: () => void;
  /** A build begins or, over MessagePack, which does not announce builds, a command of a build. */
  readonly onBuild?: (() => void) | undefined;
}

/** A connected socket, and the callback for the end of the connection. */
export interface Opened {
  readonly socket: Socket;
  /** If the connection leads through a relay. */
  readonly relayed: Relayed | undefined;
  readonly request: ConnectionRequest;
  readonly resolve: (end: ConnectionEnd) => void;
}

/** The operations of a connection that its owner uses. */
export interface Session {
  /** Undefined when the worker is not logged in, or the connection has ended. */
  askShutdown(): ShutdownAsking | undefined;
  readonly backlogBytes: number;
}

/** Connects, and calls `begin` with each connected socket to open a session. */
export function connectionBy({ worker }: SessionOptions, begin: (opened: Opened) => Session): EndableConnection {
  let current:
    | { readonly session: Session; readonly relayed: Relayed | undefined; readonly ended: Promise<ConnectionEnd> }
    | undefined;
  return {
    async run(request) {
      const opened = await openSocket(request, worker.settings);
      if ("end" in opened) return opened.end;
      let resolve: (end: ConnectionEnd) => void = () => {};
      const ended = new Promise<ConnectionEnd>((settle) => {
        resolve = settle;
      });
      const { relayed } = opened;
      current = { session: begin({ ...opened, request, resolve }), relayed, ended };
      const end = await ended;
      current = undefined;
      await relayed?.closed;
      return end;
    },
    askShutdown() {
      const asking = current?.session.askShutdown();
      return current && asking && { ...asking, lost: current.ended };
    },
    get backlogBytes() {
      return current?.session.backlogBytes ?? 0;
    },
    relayedReport: () => current?.relayed?.report(),
  };
}

export interface ConversationOptions extends Opened, Pick<SessionOptions, "worker" | "keepaliveDeadlineMs"> {
  /** Interval of keepalives; 0 turns them off. */
  readonly keepaliveMs: number;
  /** The name of a keepalive in the log. */
  readonly keepaliveName: "a keepalive" | "a ping";
  /** Returns a more specific end than that of the current stage; `what` says what the master did. */
  readonly specificEnd?: (what: string, cause: Error | undefined) => ConnectionEnd | undefined;
  /** Releases the resources of the protocol; called once. */
  readonly close: (cause: WorkerError) => void;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #keepalive: Keepalive;
  readonly #onAbort = () => this.end(sessionErrors.connectionLost("the worker is stopping"));
  #stage: "login" | "attach" | "ready" | "ended" = "login";
  /** Of the current stage. */
  #deadline: Timer | undefined;
  #endWatch: () => void = () => {};

  constructor(options: ConversationOptions) {
    const { worker, keepaliveMs, keepaliveDeadlineMs, keepaliveName } = options;
    const { clock, log } = worker.settings;
    this.#options = options;
    this.#keepalive = new Keepalive({
      clock,
      log,
      isQuiet: keepaliveName === "a ping",
      intervalMs: keepaliveMs,
      deadlineMs: keepaliveDeadlineMs,
      stalledMs: () => options.relayed?.stalledMs,
      onTimeout: () => this.endLost(`has not answered ${keepaliveName} for ${keepaliveDeadlineMs / 1000} seconds`),
    });
  }

  get stage(): "login" | "attach" | "ready" | "ended" {
    return this.#stage;
  }

  get hasEnded(): boolean {
    return this.#stage === "ended";
  }

  /** Must be called after everything that `close` releases has been created. */
  begin(): void {
    const { signal, onStage } = this.#options.request;
    onStage("login");
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /** Sets the deadline of the current stage, and replaces the previous one. */
  setDeadline(limitMs: number, onExpired: () => void): void {
    if (this.hasEnded) return;
    this.#deadline?.cancel();
    this.#deadline = this.#options.worker.settings.clock.after(limitMs, onExpired);
  }

  /** Anything was received from the master. */
  touch(): void {
    this.#keepalive.touch();
  }

  /** Starts sending keepalives with `send`, which resolves when the master has answered. */
  keepAlive(send: () => Promise<unknown>): void {
    this.#keepalive.start(send);
  }

  /**
   * The login succeeded, and the master has to send its builders. The deadline is extended while `isAwaited`, which means
   * that the master waits for us; `problem`: the error of the last list of builders, or "".
   */
  attach({ isAwaited, problem }: { readonly isAwaited: () => boolean; readonly problem: () => string }): void {
    if (this.#stage !== "login") return;
    const { target, attachLimitMs, onStage } = this.#options.request;
    this.#stage = "attach";
    onStage("attach");
    const watch = () =>
      this.setDeadline(attachLimitMs, () => {
        if (isAwaited()) return watch();
        this.end(workerErrors.notAttached(target.shown, attachLimitMs / 1000, problem()));
      });
    watch();
  }

  /** The builders are set up. */
  ready(): void {
    if (this.#stage !== "login" && this.#stage !== "attach") return;
    const { socket, request, worker } = this.#options;
    this.#stage = "ready";
    this.#deadline?.cancel();
    this.#options.relayed?.markReady();
    request.onStage("ready");
    const warningAt = (nowMs: number) => certificateWarning(socket, nowMs);
    if ("encrypted" in socket) this.#endWatch = remindOfCertificateExpiry({ ...worker.settings, warningAt });
  }

  /** The first cause wins. `stage`: the stage that failed, if not the current one. */
  end(cause: WorkerError, stage?: ConnectionEnd["stage"]): void {
    const current = this.#stage;
    if (current === "ended") return;
    const { request, resolve, close } = this.#options;
    this.#stage = "ended";
    this.#deadline?.cancel();
    this.#keepalive.stop();
    this.#endWatch();
    request.signal.removeEventListener("abort", this.#onAbort);
    close(cause);
    request.onLost();
    resolve({ stage: stage ?? current, cause });
  }

  /** Never throws: an exception of `operation` ends the connection as in `endFor`. */
  attempt(operation: () => void, what: string): void {
    try {
      operation();
    } catch (error) {
      this.endFor(error, what);
    }
  }

  /** Ends because of an exception: a WorkerError is the master's fault, described by `what`; anything else is a bug. */
  endFor(error: unknown, what: string): void {
    const cause = asWorkerError(error, this.#options.worker.settings.onBug);
    const isExplained = cause !== error || cause.family === "connection";
    if (isExplained) this.end(cause);
    else this.endLost(`${what}: ${cause.message}`, cause);
  }

  /** Ends because of what the master did, such as `closed the connection`. */
  endLost(what: string, cause?: Error): void {
    const { request, specificEnd } = this.#options;
    const sentence = `the master at ${request.target.shown} ${what}`;
    const specific = specificEnd?.(what, cause);
    const stage = this.#stage;
    if (specific !== undefined) this.end(specific.cause, specific.stage);
    else if (stage === "login" || stage === "attach")
      this.end(transportErrors.connectFailed.from(cause, stage, sentence));
    else this.end(sessionErrors.connectionLost.from(cause, sentence));
  }
}
