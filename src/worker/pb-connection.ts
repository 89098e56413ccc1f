// One PB connection to a master, from the first byte to the end: login, attach, keepalives. It joins a socket to a broker
// and ends with a value that says how far it came and why it ended.
import type { Socket } from "node:net";
import type { Timer } from "../base/clock.ts";
import { errors, WorkerError } from "../base/errors.ts";
import type { Lane } from "../base/lane.ts";
import { Backlog } from "../session/backlog.ts";
import { Broker } from "../session/pb/broker.ts";
import { type Credentials, login } from "../session/pb/login.ts";
import { ConnectionBudget } from "../session/transfer-budget.ts";
import { Outbox } from "../transport/outbox.ts";
import { type Address, connectTcp } from "../transport/tcp.ts";
import type { Remote } from "../wire/jelly/values.ts";
import { Keepalive } from "./keepalive.ts";
import { createBot } from "./pb-bot.ts";
import type { Worker } from "./worker.ts";

export interface PbConnectionOptions {
  readonly worker: Worker;
  readonly address: Address;
  readonly credentials: Credentials;
  /** 0 turns keepalives off. */
  readonly keepaliveSeconds: number;
  readonly onShutdown: () => void;
  /** Ends the connection, at whatever stage it is. */
  readonly signal: AbortSignal;
}

export interface ConnectionEnd {
  readonly cause: WorkerError;
  /** The login had been completed: the master was a good one. */
  readonly wasReady: boolean;
}

/** A master speaks first; one that says nothing for so long is none. */
export const SILENCE_LIMIT_MS = 30_000;
/** Longest silence of a master during the login; attaching hundreds of builders takes it a while. */
export const LOGIN_SILENCE_LIMIT_MS = 120_000;
/** Bytes of what is no master that the log shows. */
const SHOWN_BYTES = 60;

/** Resolves when the connection has ended and nothing of it is left; never rejects. */
export async function runPbConnection(options: PbConnectionOptions): Promise<ConnectionEnd> {
  let socket: Socket;
  try {
    socket = await connectTcp(options.address, options.signal);
  } catch (error) {
    return { cause: asWorkerError(error), wasReady: false };
  }
  return new Promise((resolve) => new PbConnection(options, socket, resolve));
}

class PbConnection {
  readonly #options: PbConnectionOptions;
  readonly #socket: Socket;
  readonly #resolve: (end: ConnectionEnd) => void;
  readonly #outbox: Outbox;
  readonly #broker: Broker;
  readonly #keepalive: Keepalive;
  readonly #onAbort = () => this.#end(errors.connectionLost("the worker is stopping"));
  #silence: Timer | undefined;
  /** The first words of what may be no master. */
  #heard: Buffer = Buffer.alloc(0);
  #stage: "negotiation" | "login" | "ready" | "ended" = "negotiation";

  constructor(options: PbConnectionOptions, socket: Socket, resolve: (end: ConnectionEnd) => void) {
    const { worker } = options;
    this.#options = options;
    this.#socket = socket;
    this.#resolve = resolve;
    this.#outbox = new Outbox(socket);
    this.#broker = new Broker({
      role: "client",
      send: (message, lane) => this.#send(message, lane),
      onReady: () => void this.#login(),
      onProblem: worker.settings.log,
      onBug: worker.settings.onBug,
    });
    this.#keepalive = new Keepalive(worker.settings, {
      intervalMs: options.keepaliveSeconds * 1000,
      onSilence: (cause) => this.#end(cause),
    });
    this.#watchSilence(SILENCE_LIMIT_MS);
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#end(this.#lost(`broke the connection off: ${error.message}`, error)));
    socket.on("end", () => this.#end(this.#lost("closed the connection")));
    socket.on("close", () => this.#end(this.#lost("closed the connection")));
    options.signal.addEventListener("abort", this.#onAbort);
    if (options.signal.aborted) this.#onAbort();
  }

  #receive(chunk: Buffer): void {
    if (this.#stage === "ended") return;
    if (this.#stage === "negotiation") this.#hear(chunk);
    if (this.#stage === "login") this.#watchSilence(LOGIN_SILENCE_LIMIT_MS);
    this.#keepalive.noteLife();
    try {
      this.#broker.receive(chunk);
    } catch (error) {
      this.#endFor(error, "broke the protocol");
    }
  }

  #hear(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
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
    this.#stage = "login";
    this.#watchSilence(LOGIN_SILENCE_LIMIT_MS);
    const bounds = { backlog: new Backlog(), budget: new ConnectionBudget() };
    const bot = createBot({ worker, broker: this.#broker, ...bounds, onShutdown });
    try {
      this.#ready(await login(this.#broker, credentials, bot));
    } catch (error) {
      this.#endFor(error, "broke the protocol");
    }
  }

  #ready(perspective: Remote): void {
    if (this.#stage !== "login") return;
    this.#stage = "ready";
    this.#silence?.cancel();
    this.#options.worker.settings.log("Connected to buildmaster; worker is ready");
    this.#keepalive.start(() => this.#broker.call(perspective, "keepalive", []));
  }

  /** The first cause wins. */
  #end(cause: WorkerError): void {
    if (this.#stage === "ended") return;
    const wasReady = this.#stage === "ready";
    this.#stage = "ended";
    this.#silence?.cancel();
    this.#keepalive.stop();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#socket.destroy();
    this.#broker.close(cause);
    // The next connection waits for the end of what runs, or two builds would share a directory.
    void this.#options.worker.connectionLost().then(() => this.#resolve({ cause, wasReady }));
  }

  /** Ends for what was thrown: a WorkerError is the master's doing, which was `what`; anything else is a bug of ours. */
  #endFor(error: unknown, what: string): void {
    const cause = asWorkerError(error);
    if (cause !== error) this.#options.worker.settings.onBug(error);
    const isExplained = cause !== error || cause.family === "connection";
    this.#end(isExplained ? cause : this.#lost(`${what}: ${cause.message}`, cause));
  }

  #watchSilence(limitMs: number): void {
    this.#silence?.cancel();
    this.#silence = this.#options.worker.settings.clock.after(limitMs, () => {
      // The master is waiting for us, as while a long list of builders is worked off.
      if (this.#broker.counts.unansweredCalls > 0) return this.#watchSilence(limitMs);
      const during = this.#stage === "negotiation" ? "" : " during the login";
      this.#end(this.#lost(`has said nothing for ${limitMs / 1000} seconds${during}`));
    });
  }

  /** Why the connection ends, by how far the master had come: `what` says what it did, as in "it closed the connection". */
  #lost(what: string, cause?: Error): WorkerError {
    const { host, port } = this.#options.address;
    const target = `${host}:${port}`;
    if (this.#stage !== "negotiation") return errors.connectionLost.from(cause, `the master at ${target} ${what}`);
    const heard = `says ${JSON.stringify(this.#heard.toString("latin1"))}`;
    return errors.notAMaster.from(cause, target, `it ${this.#heard.length === 0 ? what : heard}`);
  }
}

function asWorkerError(error: unknown): WorkerError {
  return error instanceof WorkerError ? error : errors.internal.from(error, error instanceof Error ? error.name : "");
}
