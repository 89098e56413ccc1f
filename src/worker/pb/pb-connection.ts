// One PB connection to a master, from the name lookup to the end: login, attach, keepalives. Connects a socket to a broker;
// does not reconnect.
import type { Socket } from "node:net";
import { errorText } from "../../base/errors.ts";
import type { Lane } from "../../base/lane.ts";
import { Broker, login } from "../../session/pb/index.ts";
import { Outbox, type Relayed, SHOWN_BYTES } from "../../transport/index.ts";
import type { Remote } from "../../wire/jelly/index.ts";
import { Backlog } from "../backlog.ts";
import { CallsInProgress } from "../calls-in-progress.ts";
import type { ConnectionEnd, ConnectionRequest, EndableConnection } from "../connection.ts";
import { Conversation, connectionBy, type Opened, type SessionOptions } from "../conversation.ts";
import { askForShutdown, type ShutdownAsking } from "../shutdown-request.ts";
import { ConnectionBudget } from "../transfer-budget.ts";
import { createBot } from "./pb-bot.ts";
import { endBeforeGreeting } from "./pb-greeting.ts";

/** Limit for the master's greeting, which is sent first. */
const GREETING_LIMIT_MS = 30_000;
/** Longest silence of a master during the login; attaching hundreds of builders takes time. */
const LOGIN_SILENCE_LIMIT_MS = 120_000;
/** Limit of the whole login, except while the master waits for us. */
const LOGIN_LIMIT_MS = 600_000;

export function pbConnection(options: SessionOptions): EndableConnection {
  return connectionBy(options, (opened) => new PbConnection(options, opened));
}

class PbConnection {
  readonly #options: SessionOptions;
  readonly #request: ConnectionRequest;
  readonly #conversation: Conversation;
  readonly #socket: Socket;
  readonly #relayed: Relayed | undefined;
  readonly #outbox: Outbox;
  readonly #broker: Broker;
  readonly #backlog: Backlog;
  readonly #connectedMs: number;
  /** When bytes were last received from the master. */
  #lastReceivedMs: number;
  /** The first bytes of the peer, until the master's greeting is complete. */
  #greeting: Buffer | undefined = Buffer.alloc(0);
  #perspective: Remote | undefined;
  readonly #callsInProgress: CallsInProgress;
  readonly #lists = { isApplied: false, problem: "" };

  constructor(options: SessionOptions, opened: Opened) {
    const { worker, keepaliveMs, keepaliveDeadlineMs } = options;
    const { clock, log, onBug } = worker.settings;
    const { socket } = opened;
    this.#options = options;
    this.#request = opened.request;
    this.#socket = socket;
    this.#relayed = opened.relayed;
    this.#outbox = new Outbox(socket);
    this.#backlog = new Backlog(worker.settings.rules.backlogLimitBytes, opened.relayed);
    this.#callsInProgress = new CallsInProgress(clock);
    this.#connectedMs = clock.nowMs();
    this.#lastReceivedMs = this.#connectedMs;
    this.#broker = new Broker({
      role: "client",
      send: (message, lane) => this.#send(message, lane),
      onReady: () => void this.#login(),
      onProblem: log,
      onBug,
    });
    this.#conversation = new Conversation({
      ...opened,
      worker,
      keepaliveMs,
      keepaliveDeadlineMs,
      keepaliveName: "a keepalive",
      specificEnd: (what, cause) => this.#endBeforeGreeting(what, cause),
      close: (cause) => {
        this.#socket.destroy();
        this.#broker.close(cause);
      },
    });
    this.#conversation.begin();
    this.#conversation.setDeadline(GREETING_LIMIT_MS, () =>
      this.#conversation.endLost(`has sent nothing for ${GREETING_LIMIT_MS / 1000} seconds`),
    );
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#conversation.endLost(`dropped the connection: ${error.message}`, error));
    socket.on("end", () => this.#conversation.endLost("closed the connection"));
    socket.on("close", () => this.#conversation.endLost("closed the connection"));
  }

  get backlogBytes(): number {
    return this.#backlog.bytes;
  }

  askShutdown(): ShutdownAsking | undefined {
    const perspective = this.#perspective;
    if (this.#conversation.hasEnded || perspective === undefined) return undefined;
    const { worker, keepaliveDeadlineMs: limitMs } = this.#options;
    const answer = askForShutdown({
      clock: worker.settings.clock,
      limitMs,
      call: () => this.#broker.call(perspective, "shutdown", []),
      lastReceivedMs: () => this.#lastLifeMs(),
      onTimeout: () =>
        this.#conversation.endLost(`has not answered the request for a shutdown for ${limitMs / 1000} seconds`),
      hasEnded: () => this.#conversation.hasEnded,
    });
    return { answer };
  }

  #receive(chunk: Buffer): void {
    if (this.#conversation.hasEnded) return;
    if (this.#greeting !== undefined) {
      this.#greeting = Buffer.concat([this.#greeting, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
    } else if (this.#conversation.stage === "login") this.#watchLogin();
    this.#conversation.touch();
    this.#lastReceivedMs = this.#options.worker.settings.clock.nowMs();
    this.#conversation.attempt(() => this.#broker.receive(chunk), "broke the protocol");
  }

  /** When bytes were last received from the master, or a relay last acknowledged any. */
  #lastLifeMs(): number {
    const stalledMs = this.#relayed?.stalledMs ?? Number.POSITIVE_INFINITY;
    return Math.max(this.#lastReceivedMs, this.#options.worker.settings.clock.nowMs() - stalledMs);
  }

  /** If the master does not read, the connection ends instead of the command that sends. */
  #send(message: readonly Uint8Array[], lane: Lane): void {
    this.#conversation.attempt(() => this.#outbox.send(message, lane), "does not read fast enough");
  }

  async #login(): Promise<void> {
    if (this.#conversation.hasEnded) return;
    const { worker, credentials, onShutdown, onBuild } = this.#options;
    this.#greeting = undefined;
    this.#watchLogin();
    const bot = createBot({
      worker,
      broker: this.#broker,
      backlog: this.#backlog,
      budget: new ConnectionBudget(),
      onBuilderList: (work) => void this.#awaitList(work),
      onShutdown,
      onBuild,
    });
    try {
      const perspective = await login(this.#broker, credentials, this.#callsInProgress.tracked(bot));
      this.#perspective = perspective;
      this.#attach();
      this.#conversation.keepAlive(() => this.#broker.call(perspective, "keepalive", []));
    } catch (error) {
      this.#conversation.endFor(error, "broke the protocol");
    }
  }

  /** A healthy master sends its builders before it answers the login. */
  #attach(): void {
    if (this.#lists.isApplied) return this.#conversation.ready();
    this.#conversation.attach({ isAwaited: () => this.#isAwaited("attach"), problem: () => this.#lists.problem });
  }

  async #awaitList(work: Promise<unknown>): Promise<void> {
    try {
      await work;
      this.#lists.isApplied = true;
    } catch (error) {
      this.#lists.problem = errorText(error);
    }
    if (this.#conversation.stage === "attach" && this.#lists.isApplied) this.#conversation.ready();
  }

  /** The end of a connection to a peer that has not sent a master's greeting. */
  #endBeforeGreeting(what: string, cause: Error | undefined): ConnectionEnd | undefined {
    if (this.#greeting === undefined) return undefined;
    const { shown } = this.#request.target;
    const { stage, error } = endBeforeGreeting({ shown, received: this.#greeting, what, cause });
    return { stage, cause: error };
  }

  /** Sets the deadline: by default, silence of the master or the limit of the whole login. */
  #watchLogin(limitMs = Math.min(LOGIN_SILENCE_LIMIT_MS, this.#loginLeftMs())): void {
    this.#conversation.setDeadline(limitMs, () => {
      if (this.#isAwaited("login")) return this.#watchLogin(LOGIN_SILENCE_LIMIT_MS);
      const isSilent = this.#loginLeftMs() > 0;
      this.#conversation.endLost(
        isSilent
          ? `has sent nothing for ${LOGIN_SILENCE_LIMIT_MS / 1000} seconds`
          : `has not answered the login within ${LOGIN_LIMIT_MS / 1000} seconds`,
      );
    });
  }

  #loginLeftMs(): number {
    return Math.max(this.#connectedMs + LOGIN_LIMIT_MS - this.#options.worker.settings.clock.nowMs(), 0);
  }

  /** Returns whether the master waits for us, for example for a long list of builders, and logs for what. */
  #isAwaited(stage: "login" | "attach"): boolean {
    const work = this.#callsInProgress.shown();
    if (work === undefined) return false;
    this.#options.worker.settings.log(
      `${stage}: the master at ${this.#request.target.shown} waits for this worker, which is busy with ${work}`,
    );
    return true;
  }
}
