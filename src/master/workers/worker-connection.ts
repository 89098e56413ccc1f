// The connection to a worker that has logged in, whichever protocol it uses: its commands, its deadlines, and its end.
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { within } from "../../base/waiting.ts";
import { masterErrors } from "../errors.ts";
import type { BuilderDirectory, CommandRequest, WorkerInfo, WorkerLink } from "../worker-link.ts";
import type { ReceiveWindow } from "./receive-window.ts";
import { WorkerCommand } from "./worker-command.ts";

/** Interval of keepalives, as in Buildbot; they also detect lost workers. */
const KEEPALIVE_MS = 3_600_000;
/** Deadline for calls that a worker normally answers immediately; beyond it the connection is closed. */
const ANSWER_LIMIT_MS = 600_000;
/** Pings without an answer. Further callers, as when many builds start, share the last ping. */
const MAX_PINGS = 10;
/** Minimum interval between reports that a worker is alive. */
const SEEN_EVERY_MS = 5000;
/** Concurrent commands; a master runs one per build. */
const MAX_COMMANDS = 1000;
/** Log messages about commands that are not running. */
const MAX_PROBLEMS = 20;

/**
 * The calls of one protocol to a worker. Each resolves when the worker has answered, and rejects with its error or when
 * the connection is lost.
 */
export interface ProtocolSession {
  readonly protocol: "pb" | "msgpack";
  print(message: string): Promise<unknown>;
  keepalive(): Promise<unknown>;
  setBuilders(builders: readonly BuilderDirectory[]): Promise<unknown>;
  startBuild(builder: string): Promise<unknown>;
  start(command: WorkerCommand): Promise<unknown>;
  interrupt(command: WorkerCommand, why: string): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

export interface WorkerConnectionOptions {
  readonly name: string;
  /** Address and port. */
  readonly peer: string;
  readonly info: WorkerInfo;
  readonly clock: Clock;
  readonly receiveWindow: ReceiveWindow;
  readonly session: (connection: WorkerConnection) => ProtocolSession;
  /** Logs a problem that does not end the connection. */
  readonly onProblem: (sentence: string) => void;
  /** Closes the connection, and calls `lose`. */
  readonly disconnect: (reason: string) => void;
  readonly onSeen: () => void;
}

export class WorkerConnection implements WorkerLink {
  readonly name: string;
  readonly protocol: "pb" | "msgpack";
  readonly peer: string;
  readonly info: WorkerInfo;
  readonly ended: Promise<string>;
  readonly #options: WorkerConnectionOptions;
  readonly #session: ProtocolSession;
  /** Running commands, by their ids on this connection. */
  readonly #commands = new Map<string, WorkerCommand>();
  #nextId = 0;
  #problems = 0;
  #lostReason: string | undefined;
  #settle: (reason: string) => void = () => {};
  #keepalive: Timer;
  #lists: Promise<unknown> = Promise.resolve();
  #pings = 0;
  #lastPing: Promise<unknown> = Promise.resolve();
  #seenMs = Number.NEGATIVE_INFINITY;

  constructor(options: WorkerConnectionOptions) {
    this.#options = options;
    this.name = options.name;
    this.peer = options.peer;
    this.info = options.info;
    this.#session = options.session(this);
    this.protocol = this.#session.protocol;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#keepalive = options.clock.after(KEEPALIVE_MS, () => this.#keepAlive());
  }

  /** Lists are sent one after another. */
  setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    const names = new Set(builders.map(({ name }) => name));
    const list = this.#lists.then(async () => {
      await this.#answered("its list of builders", this.#session.setBuilders(builders));
      // A worker sends no more updates for commands of other builders.
      for (const command of this.#commands.values()) {
        if (!names.has(command.request.builder)) command.refuse("its builder does not belong to this worker any more");
      }
    });
    this.#lists = list.catch(() => {}); // reported to the caller
    return list;
  }

  async startBuild(builder: string): Promise<void> {
    await this.#answered("the start of a build", this.#session.startBuild(builder));
  }

  run(request: CommandRequest): WorkerCommand {
    return this.start(request, (command) => this.#answered("the start of a command", this.#session.start(command)));
  }

  /** Starts it on the worker with `send`, which rejects when the worker does not accept the command. */
  start(request: CommandRequest, send: (command: WorkerCommand) => Promise<unknown>): WorkerCommand {
    const { clock, receiveWindow } = this.#options;
    const id = String(this.#nextId);
    this.#nextId += 1;
    const command: WorkerCommand = new WorkerCommand({
      id,
      request,
      receiveWindow,
      clock,
      interrupt: (why) => {
        this.#answered("an interrupt", this.#session.interrupt(command, why)).catch((error: unknown) =>
          command.refuse(`the worker did not interrupt it: ${errorText(error)}`),
        );
      },
      onOver: () => void this.#commands.delete(id),
    });
    if (this.#lostReason !== undefined) command.lose(this.#lostReason);
    else if (this.#commands.size === MAX_COMMANDS)
      command.refuse(`more than ${MAX_COMMANDS} commands are running on this worker`);
    else {
      this.#commands.set(id, command);
      send(command).catch((error: unknown) => command.refuse(errorText(error)));
    }
    return command;
  }

  /** A running command. For others, logs that `sent` is ignored. */
  command(id: string, sent?: string): WorkerCommand | undefined {
    const command = this.#commands.get(id);
    if (command?.isOver === false) return command;
    if (sent !== undefined) this.#problems += 1;
    if (sent === undefined || this.#problems > MAX_PROBLEMS) return undefined;
    const last = this.#problems === MAX_PROBLEMS ? "; further ones are not logged" : "";
    this.#options.onProblem(`sent ${sent} for a command that is not running, ignored${last}`);
    return undefined;
  }

  async ping(limitMs: number): Promise<void> {
    if (this.#pings < MAX_PINGS) this.#sendPing();
    await within(this.#options.clock, this.#lastPing, limitMs, () => {
      throw masterErrors.noAnswer("a ping", limitMs / 1000);
    });
  }

  #sendPing(): void {
    this.#pings += 1;
    this.#lastPing = this.#session.print("ping").finally(() => {
      this.#pings -= 1;
    });
  }

  async shutdown(): Promise<void> {
    await this.#answered("the request to shut down", this.#session.shutdown());
  }

  end(reason: string): void {
    this.#options.disconnect(reason);
  }

  /** The connection is lost. */
  lose(reason: string): void {
    this.#lostReason = reason;
    this.#keepalive.cancel();
    for (const command of this.#commands.values()) command.lose(reason);
    this.#settle(reason);
  }

  /** Something was received from the worker. */
  noteActivity(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#seenMs < SEEN_EVERY_MS) return;
    this.#seenMs = nowMs;
    this.#options.onSeen();
  }

  #keepAlive(): void {
    this.#keepalive = this.#options.clock.after(KEEPALIVE_MS, () => this.#keepAlive());
    this.#answered("a keepalive", this.#session.keepalive()).catch(() => {}); // an error is a sign of life, too
  }

  async #answered<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    return within(this.#options.clock, answer, ANSWER_LIMIT_MS, () => {
      const error = masterErrors.noAnswer(what, ANSWER_LIMIT_MS / 1000);
      this.end(error.message);
      throw error;
    });
  }
}
