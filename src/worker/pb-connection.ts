// One PB connection to a master, from the first look-up to the end: login, attach, keepalives. It joins a socket to a
// broker; when to connect again is not its business.
import type { Socket } from "node:net";
import type { Timer } from "../base/clock.ts";
import { errors, errorText, type WorkerError } from "../base/errors.ts";
import type { Lane } from "../base/lane.ts";
import { Backlog } from "../session/backlog.ts";
import { Broker } from "../session/pb/broker.ts";
import { type Credentials, login } from "../session/pb/login.ts";
import { ConnectionBudget } from "../session/transfer-budget.ts";
import { certificateWarning } from "../transport/certificate-warning.ts";
import { Outbox } from "../transport/outbox.ts";
import { SHOWN_BYTES } from "../transport/shown-bytes.ts";
import type { Remote } from "../wire/jelly/values.ts";
import { watchCertificate } from "./certificate-watch.ts";
import type { ConnectionEnd, ConnectionRequest, ConnectionStage, EndableConnection } from "./connection.ts";
import { Keepalive } from "./keepalive.ts";
import { asWorkerError, openSocket } from "./open-socket.ts";
import { OwnWork } from "./own-work.ts";
import { createBot } from "./pb-bot.ts";
import { ungreetedEnd } from "./pb-greeting.ts";
import { askForShutdown, type ShutdownAnswer } from "./shutdown-request.ts";
import type { Worker } from "./worker.ts";

export interface PbConnectionOptions {
  readonly worker: Worker;
  readonly credentials: Credentials;
  /** 0 turns keepalives off. */
  readonly keepaliveMs: number;
  /** How long the master may take to answer one. */
  readonly keepaliveDeadlineMs: number;
  /** The master wants this process to end. */
  readonly onShutdown: () => void;
}

/** A master speaks first; one that says nothing for so long is none. */
const SILENCE_LIMIT_MS = 30_000;
/** Longest silence of a master during the login; attaching hundreds of builders takes it a while. */
const LOGIN_SILENCE_LIMIT_MS = 120_000;
/** How long the login may take in all, but for what the master waits for. */
const LOGIN_LIMIT_MS = 600_000;

export function pbConnection(options: PbConnectionOptions): EndableConnection {
  let current: { readonly conversation: PbConnection; readonly ended: Promise<ConnectionEnd> } | undefined;
  return {
    async run(request) {
      const opened = await openSocket(request, options.worker.settings);
      if ("end" in opened) return opened.end;
      let resolve: (end: ConnectionEnd) => void = () => {};
      const ended = new Promise<ConnectionEnd>((settle) => {
        resolve = settle;
      });
      current = { conversation: new PbConnection({ ...options, request, resolve }, opened.socket), ended };
      const end = await ended;
      current = undefined;
      return end;
    },
    askShutdown() {
      const answer = current?.conversation.askShutdown();
      return current && answer && { answer, lost: current.ended };
    },
  };
}

interface Conversation extends PbConnectionOptions {
  readonly request: ConnectionRequest;
  readonly resolve: (end: ConnectionEnd) => void;
}

class PbConnection {
  readonly #options: Conversation;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #broker: Broker;
  readonly #keepalive: Keepalive;
  readonly #onAbort = () => this.#end(errors.connectionLost("the worker is stopping"));
  #stage: "login" | "attach" | "ready" | "ended" = "login";
  /** Of the stage; each has one deadline at a time. */
  #deadline: Timer | undefined;
  readonly #beganMs: number;
  /** When the master said anything last. */
  #heardMs: number;
  /** The first words of what may be no master, until it is known to be one. */
  #heard: Buffer | undefined = Buffer.alloc(0);
  #endWatch: () => void = () => {};
  #perspective: Remote | undefined;
  readonly #ownWork: OwnWork;
  readonly #lists = { taken: false, problem: "" };

  constructor(options: Conversation, socket: Socket) {
    const { clock, log, onBug } = options.worker.settings;
    this.#options = options;
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#ownWork = new OwnWork(clock);
    this.#beganMs = clock.nowMs();
    this.#heardMs = this.#beganMs;
    this.#broker = new Broker({
      role: "client",
      send: (message, lane) => this.#send(message, lane),
      onReady: () => void this.#login(),
      onProblem: log,
      onBug,
    });
    this.#keepalive = new Keepalive({
      clock,
      log,
      intervalMs: options.keepaliveMs,
      deadlineMs: options.keepaliveDeadlineMs,
      onSilence: () => this.#endLost(`has not answered a keepalive for ${options.keepaliveDeadlineMs / 1000} seconds`),
    });
    options.request.onStage("login");
    this.#within(SILENCE_LIMIT_MS, () => this.#endLost(`has said nothing for ${SILENCE_LIMIT_MS / 1000} seconds`));
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#endLost(`broke the connection off: ${error.message}`, error));
    socket.on("end", () => this.#endLost("closed the connection"));
    socket.on("close", () => this.#endLost("closed the connection"));
    options.request.signal.addEventListener("abort", this.#onAbort);
    if (options.request.signal.aborted) this.#onAbort();
  }

  /** Undefined when the master has not let the worker in, or the connection is over. */
  askShutdown(): Promise<ShutdownAnswer> | undefined {
    const perspective = this.#perspective;
    if (this.#stage === "ended" || perspective === undefined) return undefined;
    const { worker, keepaliveDeadlineMs: limitMs } = this.#options;
    return askForShutdown({
      clock: worker.settings.clock,
      limitMs,
      call: () => this.#broker.call(perspective, "shutdown", []),
      heardMs: () => this.#heardMs,
      onSilence: () => this.#endLost(`has not answered the request for a shutdown for ${limitMs / 1000} seconds`),
      hasEnded: () => this.#stage === "ended",
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#stage === "ended") return;
    if (this.#heard !== undefined) {
      this.#heard = Buffer.concat([this.#heard, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
    } else if (this.#stage === "login") this.#watchLogin();
    this.#keepalive.noteLife();
    this.#heardMs = this.#options.worker.settings.clock.nowMs();
    try {
      this.#broker.receive(chunk);
    } catch (error) {
      this.#endFor(error, "broke the protocol");
    }
  }

  /** Never throws: a master that reads nothing ends the connection, not the command that talks to it. */
  #send(message: readonly Uint8Array[], lane: Lane): void {
    try {
      this.#outbox.send(message, lane);
    } catch (error) {
      this.#endFor(error, "does not read what it is sent");
    }
  }

  async #login(): Promise<void> {
    if (this.#stage === "ended") return;
    const { worker, credentials, onShutdown } = this.#options;
    this.#heard = undefined;
    this.#watchLogin();
    const bot = createBot({
      worker,
      broker: this.#broker,
      backlog: new Backlog(worker.settings.rules.backlogLimitBytes),
      budget: new ConnectionBudget(),
      onBuilderList: (work) => void this.#awaitList(work),
      onShutdown,
    });
    try {
      const perspective = await login(this.#broker, credentials, this.#ownWork.watched(bot));
      this.#perspective = perspective;
      this.#attach();
      this.#keepalive.start(() => this.#broker.call(perspective, "keepalive", []));
    } catch (error) {
      this.#endFor(error, "broke the protocol");
    }
  }

  /** A master names its builders before it says that the login went well, unless something is wrong with it. */
  #attach(): void {
    if (this.#stage !== "login") return;
    this.#stage = "attach";
    if (this.#lists.taken) return this.#ready();
    this.#options.request.onStage("attach");
    this.#watchAttach();
  }

  async #awaitList(work: Promise<unknown>): Promise<void> {
    try {
      await work;
      this.#lists.taken = true;
    } catch (error) {
      this.#lists.problem = errorText(error);
    }
    if (this.#stage === "attach" && this.#lists.taken) this.#ready();
  }

  #ready(): void {
    this.#stage = "ready";
    this.#deadline?.cancel();
    this.#options.request.onStage("ready");
    const isTls = "encrypted" in this.#socket;
    const warningAt = (nowMs: number) => certificateWarning(this.#socket, nowMs);
    if (isTls) this.#endWatch = watchCertificate({ ...this.#options.worker.settings, warningAt });
  }

  /** The first cause wins. `failedStage`: when it is not the present one. */
  #end(cause: WorkerError, failedStage?: ConnectionStage): void {
    const stage = this.#stage;
    if (stage === "ended") return;
    const { request, resolve } = this.#options;
    this.#stage = "ended";
    this.#deadline?.cancel();
    this.#keepalive.stop();
    this.#endWatch();
    request.signal.removeEventListener("abort", this.#onAbort);
    this.#socket.destroy();
    this.#broker.close(cause);
    request.onLost();
    resolve({ stage: failedStage ?? stage, cause });
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
    const { shown } = this.#options.request.target;
    const sentence = `the master at ${shown} ${what}`;
    if (this.#heard !== undefined) {
      const { stage, error } = ungreetedEnd({ shown, heard: this.#heard, what, cause });
      this.#end(error, stage);
    } else if (this.#stage === "ready") this.#end(errors.connectionLost.from(cause, sentence));
    else this.#end(errors.connectFailed.from(cause, this.#stage, sentence));
  }

  /** By default until the master has been silent for too long, or the whole login has taken too long. */
  #watchLogin(limitMs = Math.min(LOGIN_SILENCE_LIMIT_MS, this.#loginLeftMs())): void {
    this.#within(limitMs, () => {
      if (this.#isAwaited("login")) return this.#watchLogin(LOGIN_SILENCE_LIMIT_MS);
      const isSilent = this.#loginLeftMs() > 0;
      this.#endLost(
        isSilent
          ? `has said nothing for ${LOGIN_SILENCE_LIMIT_MS / 1000} seconds`
          : `has not answered the login within ${LOGIN_LIMIT_MS / 1000} seconds`,
      );
    });
  }

  #loginLeftMs(): number {
    return Math.max(this.#beganMs + LOGIN_LIMIT_MS - this.#options.worker.settings.clock.nowMs(), 0);
  }

  #watchAttach(): void {
    const { target, attachLimitMs } = this.#options.request;
    this.#within(attachLimitMs, () => {
      if (this.#isAwaited("attach")) return this.#watchAttach();
      this.#end(errors.notAttached(target.shown, attachLimitMs / 1000, this.#lists.problem));
    });
  }

  /** The master is waiting for us, as while a long list of builders is worked off, and the log says for what. */
  #isAwaited(stage: "login" | "attach"): boolean {
    const work = this.#ownWork.shown();
    if (work === undefined) return false;
    const { request, worker } = this.#options;
    worker.settings.log(
      `${stage}: the master at ${request.target.shown} waits for this worker, which is busy with ${work}`,
    );
    return true;
  }

  #within(limitMs: number, onOver: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.#options.worker.settings.clock.after(limitMs, onOver);
  }
}
