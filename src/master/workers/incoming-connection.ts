// One incoming connection, whichever protocol it uses: login, attach, log messages, and closing.
import { clip } from "../../base/clip.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import { within } from "../../base/waiting.ts";
import { sessionErrors } from "../../session/errors.ts";
import { masterErrors } from "../errors.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { WorkerRegistry } from "../worker-link.ts";
import type { Admission } from "./admission.ts";
import { type Reading, ReceiveWindow } from "./receive-window.ts";
import { type ProtocolSession, WorkerConnection } from "./worker-connection.ts";
import type { AttachReport } from "./worker-info.ts";

/** Time to report its facts after the login. */
const GREETING_LIMIT_MS = 120_000;
/** Connections of one name that have logged in and not attached yet; beyond the limit the oldest is closed. */
export const MAX_ATTACHING = 4;
/** Time for a rejected client to read the reason and disconnect. */
const FAREWELL_MS = 10_000;

export interface ConnectionContext {
  readonly registry: WorkerRegistry;
  readonly loginDelays: LoginDelays;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Called with exceptions that are not WorkerErrors. */
  readonly onBug: (error: unknown) => void;
  /** All open connections. */
  readonly connections: Set<IncomingConnection>;
}

/** The transport of a connection. */
export interface Transport extends Reading {
  /** Closes it, and fails all pending calls. */
  close(cause: WorkerError): void;
}

export interface IncomingConnectionOptions {
  /** Address and port. */
  readonly peer: string;
  /** Without the port. */
  readonly address: string;
  readonly context: ConnectionContext;
  readonly transport: Transport;
}

/** The attach conversation of one protocol. */
export interface Greeting {
  readonly name: string;
  /** Requests the worker's facts. */
  readonly greet: () => Promise<AttachReport>;
  readonly session: (report: AttachReport, connection: WorkerConnection) => ProtocolSession;
}

export class IncomingConnection {
  readonly context: ConnectionContext;
  readonly receiveWindow = new ReceiveWindow({
    pause: () => this.transport.pause(),
    resume: () => this.transport.resume(),
  });
  /** Replaced by the protocol that takes over the connection. */
  transport: Transport;
  readonly #options: IncomingConnectionOptions;
  /** To be called after the login. */
  readonly #admitted: () => void;
  readonly #delays = new Set<Timer>();
  #name: string | undefined;
  #worker: WorkerConnection | undefined;
  #isAttached = false;
  #isClosed = false;

  constructor(options: IncomingConnectionOptions) {
    this.#options = options;
    this.context = options.context;
    this.transport = options.transport;
    this.context.connections.add(this);
    this.#admitted = this.context.admission.enter((clause) => this.end(clause));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the client has logged in. */
  get isKnown(): boolean {
    return this.#name !== undefined;
  }

  /** Resolves when the login may be answered; never if the connection is closed by then. */
  delayAnswer(name: string, isRight: boolean): Promise<void> {
    const delayMs = this.context.loginDelays.answerAfterMs({ name, address: this.#options.address, isRight });
    if (delayMs === undefined) this.end(`is one of too many simultaneous logins as ${quoted(name)}`);
    else if (!isRight) this.report(`was rejected as ${quoted(name)}: unknown worker or wrong password`);
    if (delayMs === 0 && !this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#later(delayMs ?? 0, resolve));
  }

  /** Attaches a worker that has logged in; rejects with the reason if that is refused. */
  async attach(greeting: Greeting): Promise<void> {
    this.#name = greeting.name;
    this.#admitted();
    const attaching = [...this.context.connections].filter((one) => one.#name === this.#name && !one.#isAttached);
    if (attaching.length > MAX_ATTACHING) {
      attaching[0]?.end(`had not attached when there were more than ${MAX_ATTACHING} such connections of its name`);
    }
    try {
      this.#worker = await this.#introduce(greeting);
      if (this.#isClosed) throw sessionErrors.connectionLost("the worker disconnected");
      await this.context.registry.attach(this.#worker);
      this.#isAttached = true;
    } catch (error) {
      this.#worker?.lose("it was rejected");
      if (!this.#isClosed) this.report(`was rejected: ${errorText(error)}`);
      this.#later(FAREWELL_MS, () => this.close("it was rejected"));
      throw error;
    }
  }

  async #introduce({ name, greet, session }: Greeting): Promise<WorkerConnection> {
    const { clock, registry } = this.context;
    const report = await within(clock, greet(), GREETING_LIMIT_MS, () => {
      this.end(`has not sent its facts within ${GREETING_LIMIT_MS / 1000} seconds`);
      throw masterErrors.noAnswer("the request for its facts", GREETING_LIMIT_MS / 1000);
    });
    if (report.leftOut !== undefined) this.report(`sent more facts than are kept; dropped ${report.leftOut}`);
    const worker: WorkerConnection = new WorkerConnection({
      name,
      peer: this.#options.peer,
      info: report.info,
      clock,
      receiveWindow: this.receiveWindow,
      session: (connection) => session(report, connection),
      onProblem: (clause) => this.report(clause),
      disconnect: (reason) => this.close(reason),
      onSeen: () => registry.seen(worker),
    });
    return worker;
  }

  wantsShutdown(): void {
    if (this.#worker !== undefined && this.#isAttached) this.context.registry.wantsShutdown(this.#worker);
  }

  noteActivity(): void {
    if (this.#isAttached) this.#worker?.noteActivity();
  }

  /** Logs a clause about it. */
  report(clause: string): void {
    const who = this.#name === undefined ? "the worker" : `worker ${quoted(this.#name)}`;
    this.context.log(`${who} at ${this.#options.peer} ${clause}`);
  }

  /** The client closed the connection or lost it. Not logged here. */
  gone(clause: string): void {
    this.close(`the worker ${clause}`);
  }

  /** Closes it for a reason, as a clause, and logs that. */
  end(clause: string): void {
    if (this.#isClosed) return;
    this.report(`${clause}; closing its connection`);
    this.close(`the worker ${clause}`);
  }

  /** Handles its input or output; an exception closes the connection. */
  guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof WorkerError) return this.end(`broke the protocol: ${error.message}`);
      this.context.onBug(error);
      this.end("triggered a bug in the master");
    }
  }

  /** Closes it for a reason, as a clause, without logging. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.context.connections.delete(this);
    this.#admitted();
    for (const delay of this.#delays) delay.cancel();
    this.transport.close(sessionErrors.connectionLost(reason));
    this.#worker?.lose(reason);
  }

  #later(delayMs: number, act: () => void): void {
    if (this.#isClosed) return;
    const delay = this.context.clock.after(delayMs, () => {
      this.#delays.delete(delay);
      act();
    });
    this.#delays.add(delay);
  }
}

function quoted(name: string): string {
  return `'${clip(name).replaceAll(/\p{Cc}/gu, "?")}'`;
}
