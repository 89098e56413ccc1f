// One connection that came in, from the first byte to the end, whichever protocol it speaks: who it is so far, how it is let
// in, what is said about it, and its one end.
import { clip } from "../../base/clip.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import { sessionErrors } from "../../session/errors.ts";
import { masterErrors } from "../errors.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { WorkerRegistry } from "../worker-link.ts";
import type { Ticket } from "./admission.ts";
import { Inflow } from "./inflow.ts";
import { Link, within } from "./link.ts";
import type { Runs } from "./runs.ts";
import type { Wire } from "./wire.ts";
import type { WorkerWord } from "./worker-info.ts";

/** To tell of itself, when it has shown its password. */
const GREETING_LIMIT_MS = 120_000;
/** Connections of one name that have shown its password and are not attached yet; the oldest gives way. */
export const MOST_ATTACHING = 4;
/** One that was not let in is to read why, and to go. */
const FAREWELL_MS = 10_000;

export interface VisitorContext {
  readonly registry: WorkerRegistry;
  readonly loginDelays: LoginDelays;
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** Something was thrown that is no error of the table. */
  readonly onBug: (error: unknown) => void;
  /** Those that are there. */
  readonly visitors: Set<Visitor>;
}

export interface Arrival {
  /** Address and port. */
  readonly peer: string;
  /** Without the port. */
  readonly address: string;
  readonly ticket: Ticket;
}

/** What carries the connection. */
export interface Carrier {
  /** Ends it and whatever waits for an answer. */
  close(cause: WorkerError): void;
  pause(): void;
  resume(): void;
}

export interface Greeting {
  readonly name: string;
  /** Asks it to tell of itself. */
  readonly greet: () => Promise<WorkerWord>;
  readonly wire: (word: WorkerWord, runs: Runs) => Wire;
}

export class Visitor {
  readonly inflow: Inflow;
  readonly #context: VisitorContext;
  readonly #arrival: Arrival;
  readonly #carrier: Carrier;
  readonly #delays = new Set<Timer>();
  #name: string | undefined;
  #link: Link | undefined;
  #isAttached = false;
  #isOver = false;

  constructor(arrival: Arrival, context: VisitorContext, carrier: Carrier) {
    this.#arrival = arrival;
    this.#context = context;
    this.#carrier = carrier;
    this.inflow = new Inflow(carrier);
    context.visitors.add(this);
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
    const delayMs = this.#context.loginDelays.answerAfterMs({ name, address: this.#arrival.address, isRight });
    if (delayMs === undefined) this.end(`is one of too many that log in as ${quoted(name)}`);
    else if (!isRight) this.tell(`was refused as ${quoted(name)}: there is no such worker, or its password is another`);
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.#later(delayMs ?? 0, resolve));
  }

  /** For one that has shown its password: resolves when it may stay, rejects with why it may not. */
  async attach(greeting: Greeting): Promise<void> {
    this.#name = greeting.name;
    this.#arrival.ticket.end();
    const attaching = [...this.#context.visitors].filter((one) => one.#name === this.#name && !one.#isAttached);
    if (attaching.length > MOST_ATTACHING) {
      attaching[0]?.end(
        `had not attached yet when there were more than ${MOST_ATTACHING} such connections of its name`,
      );
    }
    try {
      this.#link = await this.#introduce(greeting);
      if (this.#isOver) throw sessionErrors.connectionLost("the worker is gone");
      await this.#context.registry.attach(this.#link);
      this.#isAttached = true;
    } catch (error) {
      this.#link?.lose("it was not let in");
      if (!this.#isOver) this.tell(`was not let in: ${errorText(error)}`);
      this.#later(FAREWELL_MS, () => this.#end("it was not let in"));
      throw error;
    }
  }

  async #introduce({ name, greet, wire }: Greeting): Promise<Link> {
    const { clock, registry } = this.#context;
    const word = await within(clock, GREETING_LIMIT_MS, greet(), () => {
      this.end(`has not told of itself for ${GREETING_LIMIT_MS / 1000} seconds`);
      return masterErrors.noAnswer("what it is", GREETING_LIMIT_MS / 1000);
    });
    if (word.leftOut !== undefined) this.tell(`told more of itself than is kept; left out were ${word.leftOut}`);
    const link: Link = new Link({
      name,
      peer: this.#arrival.peer,
      info: word.info,
      clock,
      inflow: this.inflow,
      wire: (runs) => wire(word, runs),
      onProblem: (clause) => this.tell(clause),
      disconnect: (reason) => this.#end(reason),
      onSeen: () => registry.seen(link),
    });
    return link;
  }

  wantsShutdown(): void {
    if (this.#link !== undefined && this.#isAttached) this.#context.registry.wantsShutdown(this.#link);
  }

  heard(): void {
    if (this.#isAttached) this.#link?.heard();
  }

  /** Says something about it, as a clause. */
  tell(clause: string): void {
    const who = this.#name === undefined ? "the worker" : `worker ${quoted(this.#name)}`;
    this.#context.log(`${who} at ${this.#arrival.peer} ${clause}`);
  }

  /** It closed the connection, or lost it: nothing to be said when it was nobody yet. */
  gone(clause: string): void {
    this.#end(`the worker ${clause}`);
  }

  /** Ends it for what it did, or did not, as a clause. */
  end(clause: string): void {
    if (this.#isOver) return;
    this.tell(`${clause}; its connection is ended`);
    this.#end(`the worker ${clause}`);
  }

  /** Ends it for what was thrown while it was listened to. */
  endFor(error: unknown): void {
    if (error instanceof WorkerError) return this.end(`broke the protocol: ${error.message}`);
    this.#context.onBug(error);
    this.end("sent what the master has a bug with");
  }

  /** Ends it for a reason that is not its own. */
  leave(reason: string): void {
    this.#end(reason);
  }

  #later(delayMs: number, act: () => void): void {
    if (this.#isOver) return;
    const delay = this.#context.clock.after(delayMs, () => {
      this.#delays.delete(delay);
      act();
    });
    this.#delays.add(delay);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.visitors.delete(this);
    this.#arrival.ticket.end();
    for (const delay of this.#delays) delay.cancel();
    this.#carrier.close(sessionErrors.connectionLost(reason));
    this.#link?.lose(reason);
  }
}

function quoted(name: string): string {
  return `'${clip(name).replaceAll(/\p{Cc}/gu, "?")}'`;
}
