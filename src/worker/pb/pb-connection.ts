// One PB connection to a master, from the first look-up to the end: login, attach, keepalives. It joins a socket to a
// broker; when to connect again is not its business.
import type { Socket } from "node:net";
import { errorText } from "../../base/errors.ts";
import type { Lane } from "../../base/lane.ts";
import { Broker, login } from "../../session/pb/index.ts";
import { Outbox, SHOWN_BYTES } from "../../transport/index.ts";
import type { Remote } from "../../wire/jelly/index.ts";
import { Backlog } from "../backlog.ts";
import { CallsInProgress } from "../calls-in-progress.ts";
import type { ConnectionEnd, ConnectionRequest, EndableConnection } from "../connection.ts";
import { Conversation, connectionBy, type Opened, type SessionOptions } from "../conversation.ts";
import { askForShutdown, type ShutdownAsking } from "../shutdown-request.ts";
import { ConnectionBudget } from "../transfer-budget.ts";
import { createBot } from "./pb-bot.ts";
import { ungreetedEnd } from "./pb-greeting.ts";

/** A master speaks first; one that says nothing for so long is none. */
const SILENCE_LIMIT_MS = 30_000;
/** Longest silence of a master during the login; attaching hundreds of builders takes it a while. */
const LOGIN_SILENCE_LIMIT_MS = 120_000;
/** How long the login may take in all, but for what the master waits for. */
const LOGIN_LIMIT_MS = 600_000;

export function pbConnection(options: SessionOptions): EndableConnection {
  return connectionBy(options, (opened) => new PbConnection(options, opened));
}

class PbConnection {
  readonly #options: SessionOptions;
  readonly #request: ConnectionRequest;
  readonly #conversation: Conversation;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #broker: Broker;
  readonly #backlog: Backlog;
  readonly #beganMs: number;
  /** When the master said anything last. */
  #heardMs: number;
  /** The first words of what may be no master, until it is known to be one. */
  #heard: Buffer | undefined = Buffer.alloc(0);
  #perspective: Remote | undefined;
  readonly #ownWork: CallsInProgress;
  readonly #lists = { taken: false, problem: "" };

  constructor(options: SessionOptions, opened: Opened) {
    const { worker, keepaliveMs, keepaliveDeadlineMs } = options;
    const { clock, log, onBug } = worker.settings;
    const { socket } = opened;
    this.#options = options;
    this.#request = opened.request;
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#backlog = new Backlog(worker.settings.rules.backlogLimitBytes);
    this.#ownWork = new CallsInProgress(clock);
    this.#beganMs = clock.nowMs();
    this.#heardMs = this.#beganMs;
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
      keepaliveWord: "a keepalive",
      otherEnd: (what, cause) => this.#ungreetedEnd(what, cause),
      close: (cause) => {
        this.#socket.destroy();
        this.#broker.close(cause);
      },
    });
    this.#conversation.begin();
    this.#conversation.within(SILENCE_LIMIT_MS, () =>
      this.#conversation.endLost(`has said nothing for ${SILENCE_LIMIT_MS / 1000} seconds`),
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
      heardMs: () => this.#heardMs,
      onSilence: () =>
        this.#conversation.endLost(`has not answered the request for a shutdown for ${limitMs / 1000} seconds`),
      hasEnded: () => this.#conversation.hasEnded,
    });
    return { answer };
  }

  #receive(chunk: Buffer): void {
    if (this.#conversation.hasEnded) return;
    if (this.#heard !== undefined) {
      this.#heard = Buffer.concat([this.#heard, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
    } else if (this.#conversation.stage === "login") this.#watchLogin();
    this.#conversation.touch();
    this.#heardMs = this.#options.worker.settings.clock.nowMs();
    this.#conversation.attempt(() => this.#broker.receive(chunk), "broke the protocol");
  }

  /** A master that reads nothing ends the connection, not the command that talks to it. */
  #send(message: readonly Uint8Array[], lane: Lane): void {
    this.#conversation.attempt(() => this.#outbox.send(message, lane), "does not read what it is sent");
  }

  async #login(): Promise<void> {
    if (this.#conversation.hasEnded) return;
    const { worker, credentials, onShutdown, onBuild } = this.#options;
    this.#heard = undefined;
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
      const perspective = await login(this.#broker, credentials, this.#ownWork.watched(bot));
      this.#perspective = perspective;
      this.#attach();
      this.#conversation.keepAlive(() => this.#broker.call(perspective, "keepalive", []));
    } catch (error) {
      this.#conversation.endFor(error, "broke the protocol");
    }
  }

  /** A master names its builders before it says that the login went well, unless something is wrong with it. */
  #attach(): void {
    if (this.#lists.taken) return this.#conversation.ready();
    this.#conversation.attach({ isAwaited: () => this.#isAwaited("attach"), problem: () => this.#lists.problem });
  }

  async #awaitList(work: Promise<unknown>): Promise<void> {
    try {
      await work;
      this.#lists.taken = true;
    } catch (error) {
      this.#lists.problem = errorText(error);
    }
    if (this.#conversation.stage === "attach" && this.#lists.taken) this.#conversation.ready();
  }

  /** Of what has not greeted as a master does. */
  #ungreetedEnd(what: string, cause: Error | undefined): ConnectionEnd | undefined {
    if (this.#heard === undefined) return undefined;
    const { stage, error } = ungreetedEnd({ shown: this.#request.target.shown, heard: this.#heard, what, cause });
    return { stage, cause: error };
  }

  /** By default until the master has been silent for too long, or the whole login has taken too long. */
  #watchLogin(limitMs = Math.min(LOGIN_SILENCE_LIMIT_MS, this.#loginLeftMs())): void {
    this.#conversation.within(limitMs, () => {
      if (this.#isAwaited("login")) return this.#watchLogin(LOGIN_SILENCE_LIMIT_MS);
      const isSilent = this.#loginLeftMs() > 0;
      this.#conversation.endLost(
        isSilent
          ? `has said nothing for ${LOGIN_SILENCE_LIMIT_MS / 1000} seconds`
          : `has not answered the login within ${LOGIN_LIMIT_MS / 1000} seconds`,
      );
    });
  }

  #loginLeftMs(): number {
    return Math.max(this.#beganMs + LOGIN_LIMIT_MS - this.#options.worker.settings.clock.nowMs(), 0);
  }

  /** The master is waiting for us, as while a long list of builders is worked off, and the log says for what. */
  #isAwaited(stage: "login" | "attach"): boolean {
    const work = this.#ownWork.shown();
    if (work === undefined) return false;
    this.#options.worker.settings.log(
      `${stage}: the master at ${this.#request.target.shown} waits for this worker, which is busy with ${work}`,
    );
    return true;
  }
}
