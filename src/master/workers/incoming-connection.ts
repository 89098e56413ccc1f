// One connection that came in, from the first byte to the end, whichever protocol it speaks: who it is so far, how it is let
// in, what is said about it, and its one end.
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
import type { WorkerWord } from "./worker-info.ts";

/** To tell of itself, when it has shown its password. */
const GREETING_LIMIT_MS = 120_000;
/** Connections of one name that have shown its password and are not attached yet; the oldest gives way. */
export const MOST_ATTACHING = 4;
/** One that was not let in is to read why, and to go. */
const FAREWELL_MS = 10_000;

export interface ConnectionContext {
  readonly registry: WorkerRegistry;
  readonly loginDelays: LoginDelays;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Something was thrown that is no error of the table. */
  readonly onBug: (error: unknown) => void;
  /** Those that are there. */
  readonly connections: Set<IncomingConnection>;
}

/** What carries the connection. */
export interface Transport extends Reading {
  /** Ends it and whatever waits for an answer. */
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

/** How the attach conversation goes in one protocol. */
export interface Greeting {
  readonly name: string;
  /** Asks it to tell of itself. */
  readonly greet: () => Promise<WorkerWord>;
  readonly session: (word: WorkerWord, connection: WorkerConnection) => ProtocolSession;
}

export class IncomingConnection {
  readonly context: ConnectionContext;
  readonly receiveWindow = new ReceiveWindow({
    pause: () => this.transport.pause(),
    resume: () => this.transport.resume(),
  });
  /** Replaced by the protocol that takes the connection over. */
  transport: Transport;
  readonly #options: IncomingConnectionOptions;
  /** It is a stranger no more. */
  readonly #admitted: () => void;
  readonly #delays = new Set<Timer>();
  #name: string | undefined;
  #worker: WorkerConnection | undefined;
  #isAttached = false;
  #isOver = false;

  constructor(options: IncomingConnectionOptions) {
    this.#options = options;
    this.context = options.context;
    this.transport = options.transport;
    this.context.connections.add(this);
    this.#admitted = this.context.admission.enter((clause) => this.end(clause));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It has shown its password. */
  get isKnown(): boolean {
    return this.#name !== undefined;
  }

  /** Resolves when it is to be told whether name and password are right; not at all when it is gone by then. */
  judged(name: string, isRight: boolean): Promise<void> {
    const delayMs = this.context.loginDelays.answerAfterMs({ name, address: this.#options.address, isRight });
    if (delayMs === undefined) this.end(`is one of too many that log in as ${quoted(name)}`);
    else if (!isRight) this.tell(`was refused as ${quoted(name)}: there is no such worker, or its password is another`);
    if (delayMs === 0 && !this.#isOver) return Promise.resolve();
    return new Promise((resolve) => this.#later(delayMs ?? 0, resolve));
  }

  /** For one that has shown its password: resolves when it may stay, rejects with why it may not. */
  async attach(greeting: Greeting): Promise<void> {
    this.#name = greeting.name;
    this.#admitted();
    const attaching = [...this.context.connections].filter((one) => one.#name === this.#name && !one.#isAttached);
    if (attaching.length > MOST_ATTACHING) {
      attaching[0]?.end(
        `had not attached yet when there were more than ${MOST_ATTACHING} such connections of its name`,
      );
    }
    try {
      this.#worker = await this.#introduce(greeting);
      if (this.#isOver) throw sessionErrors.connectionLost("the worker is gone");
      await this.context.registry.attach(this.#worker);
      this.#isAttached = true;
    } catch (error) {
      this.#worker?.lose("it was not let in");
      if (!this.#isOver) this.tell(`was not let in: ${errorText(error)}`);
      this.#later(FAREWELL_MS, () => this.close("it was not let in"));
      throw error;
    }
  }

  async #introduce({ name, greet, session }: Greeting): Promise<WorkerConnection> {
    const { clock, registry } = this.context;
    const word = await within(clock, greet(), GREETING_LIMIT_MS, () => {
      this.end(`has not told of itself for ${GREETING_LIMIT_MS / 1000} seconds`);
      throw masterErrors.noAnswer("what it is", GREETING_LIMIT_MS / 1000);
    });
    if (word.leftOut !== undefined) this.tell(`told more of itself than is kept; left out were ${word.leftOut}`);
    const worker: WorkerConnection = new WorkerConnection({
      name,
      peer: this.#options.peer,
      info: word.info,
      clock,
      receiveWindow: this.receiveWindow,
      session: (connection) => session(word, connection),
      onProblem: (clause) => this.tell(clause),
      disconnect: (reason) => this.close(reason),
      onSeen: () => registry.seen(worker),
    });
    return worker;
  }

  wantsShutdown(): void {
    if (this.#worker !== undefined && this.#isAttached) this.context.registry.wantsShutdown(this.#worker);
  }

  heard(): void {
    if (this.#isAttached) this.#worker?.heard();
  }

  /** Says something about it, as a clause. */
  tell(clause: string): void {
    const who = this.#name === undefined ? "the worker" : `worker ${quoted(this.#name)}`;
    this.context.log(`${who} at ${this.#options.peer} ${clause}`);
  }

  /** It closed the connection, or lost it: nothing to be said when it was nobody yet. */
  gone(clause: string): void {
    this.close(`the worker ${clause}`);
  }

  /** Ends it for what it did, or did not, as a clause. */
  end(clause: string): void {
    if (this.#isOver) return;
    this.tell(`${clause}; its connection is ended`);
    this.close(`the worker ${clause}`);
  }

  /** Does what is to be done with bytes of it or for it; what that throws ends it. */
  guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof WorkerError) return this.end(`broke the protocol: ${error.message}`);
      this.context.onBug(error);
      this.end("sent what the master has a bug with");
    }
  }

  /** Ends it, for a reason as a clause that is not logged here. */
  close(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.context.connections.delete(this);
    this.#admitted();
    for (const delay of this.#delays) delay.cancel();
    this.transport.close(sessionErrors.connectionLost(reason));
    this.#worker?.lose(reason);
  }

  #later(delayMs: number, act: () => void): void {
    if (this.#isOver) return;
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
