// One attached worker, whichever protocol carries it: what runs on it, how long it may take to answer, and its end.
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { masterErrors } from "../errors.ts";
import type { BuilderDirectory, CommandRequest, RemoteCommand, WorkerInfo, WorkerLink } from "../worker-link.ts";
import type { Inflow } from "./inflow.ts";
import { Runs } from "./runs.ts";
import type { Wire } from "./wire.ts";

/** What real masters send, whatever is set; it also finds out about workers that are gone. */
const KEEPALIVE_MS = 3_600_000;
/** For what a worker answers at once, unless its host is in a bad way. Then the connection is ended. */
const ANSWER_LIMIT_MS = 600_000;
/** Pings that wait for an answer. Whoever asks beyond that, as when many builds start, waits with the last who did. */
const MOST_PINGS = 10;
/** How often it is passed on that a worker is alive. */
const SEEN_EVERY_MS = 5000;

export interface LinkOptions {
  readonly name: string;
  /** Address and port. */
  readonly peer: string;
  readonly info: WorkerInfo;
  readonly clock: Clock;
  readonly inflow: Inflow;
  readonly wire: (runs: Runs) => Wire;
  readonly onProblem: (sentence: string) => void;
  /** Ends the connection, and calls `lose`. */
  readonly disconnect: (reason: string) => void;
  readonly onSeen: () => void;
}

export class Link implements WorkerLink {
  readonly name: string;
  readonly protocol: "pb" | "msgpack";
  readonly peer: string;
  readonly info: WorkerInfo;
  readonly ended: Promise<string>;
  readonly #options: LinkOptions;
  readonly #runs: Runs;
  readonly #wire: Wire;
  #settle: (reason: string) => void = () => {};
  #keepalive: Timer;
  #lists: Promise<unknown> = Promise.resolve();
  #pings = 0;
  #lastPing: Promise<unknown> = Promise.resolve();
  #seenMs = Number.NEGATIVE_INFINITY;

  constructor(options: LinkOptions) {
    const { clock, inflow, onProblem } = options;
    this.#options = options;
    this.name = options.name;
    this.peer = options.peer;
    this.info = options.info;
    this.#runs = new Runs({
      clock,
      inflow,
      onProblem,
      interrupt: (run, why) => {
        this.#answered("an interrupt", this.#wire.interrupt(run, why)).catch((error: unknown) =>
          run.refuse(`the worker did not interrupt it: ${errorText(error)}`),
        );
      },
    });
    this.#wire = options.wire(this.#runs);
    this.protocol = this.#wire.protocol;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#keepalive = clock.after(KEEPALIVE_MS, () => this.#keepAlive());
  }

  /** One list after the other. */
  setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    const names = new Set(builders.map(({ name }) => name));
    const list = this.#lists.then(async () => {
      await this.#answered("its list of builders", this.#wire.setBuilders(builders));
      // A worker says no more about what runs for the others.
      this.#runs.refuseBut(names, "its builder is none of this worker's any more");
    });
    this.#lists = list.catch(() => {}); // whoever sent it was told
    return list;
  }

  async startBuild(builder: string): Promise<void> {
    await this.#answered("the start of a build", this.#wire.startBuild(builder));
  }

  run(request: CommandRequest): RemoteCommand {
    return this.#runs.start(request, (run) => this.#answered("the start of a command", this.#wire.start(run)));
  }

  async ping(limitMs: number): Promise<void> {
    if (this.#pings < MOST_PINGS) this.#sendPing();
    await within(this.#options.clock, limitMs, this.#lastPing, () => masterErrors.noAnswer("a ping", limitMs / 1000));
  }

  #sendPing(): void {
    this.#pings += 1;
    this.#lastPing = this.#wire.print("ping").finally(() => {
      this.#pings -= 1;
    });
  }

  async shutdown(): Promise<void> {
    await this.#answered("the request to shut down", this.#wire.shutdown());
  }

  end(reason: string): void {
    this.#options.disconnect(reason);
  }

  /** The connection is gone. */
  lose(reason: string): void {
    this.#keepalive.cancel();
    this.#runs.loseAll(reason);
    this.#settle(reason);
  }

  /** Something came from the worker. */
  heard(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#seenMs < SEEN_EVERY_MS) return;
    this.#seenMs = nowMs;
    this.#options.onSeen();
  }

  #keepAlive(): void {
    this.#keepalive = this.#options.clock.after(KEEPALIVE_MS, () => this.#keepAlive());
    this.#answered("a keepalive", this.#wire.keepalive()).catch(() => {}); // a refusal is a sign of life
  }

  async #answered<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    return within(this.#options.clock, ANSWER_LIMIT_MS, answer, () => {
      const error = masterErrors.noAnswer(what, ANSWER_LIMIT_MS / 1000);
      this.end(error.message);
      return error;
    });
  }
}

/** The answer, or what `onOver` says when it has not come in time. */
export function within<Answer>(
  clock: Clock,
  limitMs: number,
  answer: Promise<Answer>,
  onOver: () => Error,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => reject(onOver()));
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
