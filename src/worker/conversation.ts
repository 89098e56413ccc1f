// One conversation with a master, in whichever protocol: its stages with their deadlines, the watch over whether the master
// is there, and the one end with its cause. Knows neither what is said nor how.
import type { Socket } from "node:net";
import type { Timer } from "../base/clock.ts";
import type { WorkerError } from "../base/errors.ts";
import { sessionErrors } from "../session/errors.ts";
import type { Credentials } from "../session/pb/index.ts";
import { certificateWarning, transportErrors } from "../transport/index.ts";
import { remindOfCertificateExpiry } from "./certificate-expiry-reminder.ts";
import type { ConnectionEnd, ConnectionRequest, EndableConnection } from "./connection.ts";
import { workerErrors } from "./errors.ts";
import { Keepalive } from "./keepalive.ts";
import { asWorkerError, openSocket } from "./open-socket.ts";
import type { ShutdownAsking } from "./shutdown-request.ts";
import type { Worker } from "./worker.ts";

/** What every protocol needs to talk to its master. */
export interface SessionOptions {
  readonly worker: Worker;
  readonly credentials: Credentials;
  /** 0 turns keepalives off. */
  readonly keepaliveMs: number;
  /** How long the master may take to answer one. */
  readonly keepaliveDeadlineMs: number;
  /** The master wants this process to end. */
  readonly onShutdown: () => void;
  /** A build begins, or over MessagePack, where nobody says so, a command of one. */
  readonly onBuild?: (() => void) | undefined;
}

/** A connection that was made, and how its end is told. */
export interface Opened {
  readonly socket: Socket;
  readonly request: ConnectionRequest;
  readonly resolve: (end: ConnectionEnd) => void;
}

/** What is asked of a conversation from outside. */
export interface Session {
  /** Undefined when the master has not let the worker in, or the conversation is over. */
  askShutdown(): ShutdownAsking | undefined;
  readonly backlogBytes: number;
}

/** Connects, and has `begin` open a session on each socket that was connected. */
export function connectionBy({ worker }: SessionOptions, begin: (opened: Opened) => Session): EndableConnection {
  let current: { readonly session: Session; readonly ended: Promise<ConnectionEnd> } | undefined;
  return {
    async run(request) {
      const opened = await openSocket(request, worker.settings);
      if ("end" in opened) return opened.end;
      let resolve: (end: ConnectionEnd) => void = () => {};
      const ended = new Promise<ConnectionEnd>((settle) => {
        resolve = settle;
      });
      current = { session: begin({ socket: opened.socket, request, resolve }), ended };
      const end = await ended;
      current = undefined;
      return end;
    },
    askShutdown() {
      const asking = current?.session.askShutdown();
      return current && asking && { ...asking, lost: current.ended };
    },
    get backlogBytes() {
      return current?.session.backlogBytes ?? 0;
    },
  };
}

export interface ConversationOptions extends Opened, Pick<SessionOptions, "worker" | "keepaliveDeadlineMs"> {
  /** Between questions whether the master is there; 0 turns them off. */
  readonly keepaliveMs: number;
  /** What such a question is. */
  readonly keepaliveWord: "a keepalive" | "a ping";
  /** What the end of a conversation is when it is not simply that of its stage; asked for what the master did. */
  readonly otherEnd?: (what: string, cause: Error | undefined) => ConnectionEnd | undefined;
  /** Ends what belongs to the protocol: called once. */
  readonly close: (cause: WorkerError) => void;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #keepalive: Keepalive;
  readonly #onAbort = () => this.end(sessionErrors.connectionLost("the worker is stopping"));
  #stage: "login" | "attach" | "ready" | "ended" = "login";
  /** Of the stage; each has one deadline at a time. */
  #deadline: Timer | undefined;
  #endWatch: () => void = () => {};

  constructor(options: ConversationOptions) {
    const { worker, keepaliveMs, keepaliveDeadlineMs, keepaliveWord } = options;
    const { clock, log } = worker.settings;
    this.#options = options;
    this.#keepalive = new Keepalive({
      clock,
      log,
      isQuiet: keepaliveWord === "a ping",
      intervalMs: keepaliveMs,
      deadlineMs: keepaliveDeadlineMs,
      onSilence: () => this.endLost(`has not answered ${keepaliveWord} for ${keepaliveDeadlineMs / 1000} seconds`),
    });
  }

  get stage(): "login" | "attach" | "ready" | "ended" {
    return this.#stage;
  }

  get hasEnded(): boolean {
    return this.#stage === "ended";
  }

  /** Once all that `close` ends is there. */
  begin(): void {
    const { signal, onStage } = this.#options.request;
    onStage("login");
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /** Of the present stage, in place of the last. */
  within(limitMs: number, onOver: () => void): void {
    if (this.hasEnded) return;
    this.#deadline?.cancel();
    this.#deadline = this.#options.worker.settings.clock.after(limitMs, onOver);
  }

  /** Anything was heard of the master. */
  touch(): void {
    this.#keepalive.touch();
  }

  /** Asks the master from now on, at intervals, whether it is there. */
  keepAlive(ask: () => Promise<unknown>): void {
    this.#keepalive.start(ask);
  }

  /**
   * The master has let the worker in, and is to name its builders. It has more time while `isAwaited`; `problem`: what was
   * wrong with those that it named, or nothing.
   */
  attach({ isAwaited, problem }: { readonly isAwaited: () => boolean; readonly problem: () => string }): void {
    if (this.#stage !== "login") return;
    const { target, attachLimitMs, onStage } = this.#options.request;
    this.#stage = "attach";
    onStage("attach");
    const watch = () =>
      this.within(attachLimitMs, () => {
        if (isAwaited()) return watch();
        this.end(workerErrors.notAttached(target.shown, attachLimitMs / 1000, problem()));
      });
    watch();
  }

  /** It has named them. */
  ready(): void {
    if (this.#stage !== "login" && this.#stage !== "attach") return;
    const { socket, request, worker } = this.#options;
    this.#stage = "ready";
    this.#deadline?.cancel();
    request.onStage("ready");
    const warningAt = (nowMs: number) => certificateWarning(socket, nowMs);
    if ("encrypted" in socket) this.#endWatch = remindOfCertificateExpiry({ ...worker.settings, warningAt });
  }

  /** The first cause wins. `stage`: the one that failed, when it is not the present one. */
  end(cause: WorkerError, stage?: ConnectionEnd["stage"]): void {
    const present = this.#stage;
    if (present === "ended") return;
    const { request, resolve, close } = this.#options;
    this.#stage = "ended";
    this.#deadline?.cancel();
    this.#keepalive.stop();
    this.#endWatch();
    request.signal.removeEventListener("abort", this.#onAbort);
    close(cause);
    request.onLost();
    resolve({ stage: stage ?? present, cause });
  }

  /** Never throws: ends for what the act throws, as `endFor`. */
  attempt(act: () => void, what: string): void {
    try {
      act();
    } catch (error) {
      this.endFor(error, what);
    }
  }

  /** Ends for what was thrown: a WorkerError is the master's doing, which was `what`; anything else is a bug of ours. */
  endFor(error: unknown, what: string): void {
    const cause = asWorkerError(error, this.#options.worker.settings.onBug);
    const isExplained = cause !== error || cause.family === "connection";
    if (isExplained) this.end(cause);
    else this.endLost(`${what}: ${cause.message}`, cause);
  }

  /** Ends for what the master did, as in "it closed the connection". */
  endLost(what: string, cause?: Error): void {
    const { request, otherEnd } = this.#options;
    const sentence = `the master at ${request.target.shown} ${what}`;
    const other = otherEnd?.(what, cause);
    const stage = this.#stage;
    if (other !== undefined) this.end(other.cause, other.stage);
    else if (stage === "login" || stage === "attach")
      this.end(transportErrors.connectFailed.from(cause, stage, sentence));
    else this.end(sessionErrors.connectionLost.from(cause, sentence));
  }
}
