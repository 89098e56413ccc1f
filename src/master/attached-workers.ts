// The workers that are attached: who may be, whether they are alive, and how they are let go. Knows links, not protocols, and
// nothing of builds but whether a worker has any.
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { masterErrors } from "./errors.ts";
import type { MasterConfig } from "./master-config.ts";
import type { BuilderDirectory, WorkerLink, WorkerRegistry } from "./worker-link.ts";

/** How long a worker that is attached may take to answer when another comes with its name. */
const DUPLICATE_PING_MS = 10_000;

/** After so long without a sign of life a worker is pinged, and has so long to answer. */
const SILENCE_MS = 10 * 60_000;
const PING_MS = 2 * 60_000;

/** From the order to end until its connection is broken off. */
const SHUTDOWN_MS = 60_000;

export interface Attachment {
  readonly link: WorkerLink;
  readonly attachedAtMs: number;
  /** Milliseconds since the epoch. */
  lastSeenAtMs: number;
  isShuttingDown: boolean;
}

export interface AttachedWorkersOptions {
  readonly config: MasterConfig;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  readonly hasBuilds: (worker: string) => boolean;
  /** A worker has come, gone, or is to end. */
  readonly onChange: (worker: string, what: "attached" | "gone" | "shutting down", attachment: Attachment) => void;
}

interface Held extends Attachment {
  timer: Timer | undefined;
}

export class AttachedWorkers implements WorkerRegistry {
  readonly #options: AttachedWorkersOptions;
  readonly #held = new Map<string, Held>();
  /** Logins under one name are judged one after the other. */
  readonly #judging = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(options: AttachedWorkersOptions) {
    this.#options = options;
  }

  find(name: string): Attachment | undefined {
    return this.#held.get(name);
  }

  passwordOf(name: string): string | undefined {
    return this.#options.config.workers.find((worker) => worker.name === name)?.password;
  }

  /** Resolves when the worker knows its builders. Rejects with ERR_DUPLICATE_WORKER, ERR_NOT_POSSIBLE or the link's error. */
  attach(link: WorkerLink): Promise<void> {
    const before = this.#judging.get(link.name) ?? Promise.resolve();
    const judged = before.then(() => this.#judge(link));
    const settled = judged.catch(() => {});
    this.#judging.set(link.name, settled);
    return judged.finally(() => {
      if (this.#judging.get(link.name) === settled) this.#judging.delete(link.name);
    });
  }

  wantsShutdown(link: WorkerLink): void {
    if (this.#held.get(link.name)?.link === link) this.shutDown(link.name);
  }

  seen(link: WorkerLink): void {
    const held = this.#held.get(link.name);
    if (held?.link === link) held.lastSeenAtMs = this.#nowMs();
  }

  /** It gets no more builds, and is told to end when it has none. */
  shutDown(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || held.isShuttingDown) return;
    held.isShuttingDown = true;
    this.#options.log(`worker '${name}' is to end when its builds have`);
    this.#options.onChange(name, "shutting down", held);
    this.shutDownIfIdle(name);
  }

  shutDownIfIdle(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || !held.isShuttingDown || this.#options.hasBuilds(name)) return;
    held.timer?.cancel();
    held.timer = this.#options.clock.after(SHUTDOWN_MS, () => {
      this.end(held.link, `it was told to end, and has not for ${SHUTDOWN_MS / 1000} seconds`);
    });
    held.link.shutdown().catch((error: unknown) => {
      this.#options.log(`worker '${name}' could not be told to end: ${errorText(error)}`);
      this.end(held.link, "it cannot be told to end");
    });
  }

  /** Breaks the connection off; the worker is no longer attached when this returns. */
  end(link: WorkerLink, reason: string): void {
    link.end(reason);
    const held = this.#held.get(link.name);
    if (held?.link === link) this.#drop(held, reason);
  }

  /** Ends all connections; nobody is let in afterwards. */
  close(reason: string): void {
    this.#isClosed = true;
    for (const { link } of this.#held.values()) link.end(reason);
  }

  async #judge(link: WorkerLink): Promise<void> {
    if (this.passwordOf(link.name) === undefined) throw masterErrors.notFound(`worker '${link.name}'`);
    await this.#judgeOlder(link);
    await link.setBuilders(directoriesOf(this.#options.config, link.name));
    if (this.#isClosed) throw masterErrors.notPossible("attach", "the master is stopping");
    this.#hold(link);
  }

  /** The older connection may stay if the worker at its end is alive. */
  async #judgeOlder(link: WorkerLink): Promise<void> {
    const older = this.#held.get(link.name);
    if (older === undefined) return;
    const answered = await older.link.ping(DUPLICATE_PING_MS).then(
      () => true,
      () => false,
    );
    if (this.#held.get(link.name) !== older) return;
    if (answered) {
      this.#options.log(
        `worker '${link.name}' from ${link.peer} was refused: the one from ${older.link.peer} is alive`,
      );
      throw masterErrors.duplicateWorker();
    }
    this.end(older.link, "it did not answer, and the worker has connected anew");
  }

  #hold(link: WorkerLink): void {
    const nowMs = this.#nowMs();
    const held: Held = {
      link,
      attachedAtMs: nowMs,
      lastSeenAtMs: nowMs,
      isShuttingDown: false,
      timer: undefined,
    };
    this.#held.set(link.name, held);
    this.#options.log(`worker '${link.name}' has attached from ${link.peer}`);
    void link.ended.then((reason) => this.#drop(held, reason));
    this.#watch(held, SILENCE_MS);
    this.#options.onChange(link.name, "attached", held);
  }

  #drop(held: Held, reason: string): void {
    const { name } = held.link;
    if (this.#held.get(name) !== held) return;
    this.#held.delete(name);
    held.timer?.cancel();
    this.#options.log(`worker '${name}' is gone: ${reason}`);
    this.#options.onChange(name, "gone", held);
  }

  #watch(held: Held, delayMs: number): void {
    held.timer = this.#options.clock.after(delayMs, () => void this.#look(held));
  }

  /** A connection whose other end has vanished says nothing, and would be kept for ever. */
  async #look(held: Held): Promise<void> {
    const silentMs = this.#nowMs() - held.lastSeenAtMs;
    if (silentMs >= 0 && silentMs < SILENCE_MS) return this.#watch(held, SILENCE_MS - silentMs);
    const askedAtMs = this.#nowMs();
    try {
      await held.link.ping(PING_MS);
      held.lastSeenAtMs = this.#nowMs();
    } catch (error) {
      if (held.lastSeenAtMs <= askedAtMs) this.end(held.link, `it did not answer: ${errorText(error)}`);
    }
    if (this.#held.get(held.link.name) === held && !held.isShuttingDown) this.#watch(held, SILENCE_MS);
  }

  #nowMs(): number {
    return this.#options.clock.date().getTime();
  }
}

function directoriesOf(config: MasterConfig, worker: string): readonly BuilderDirectory[] {
  return config.builders
    .filter(({ workers }) => workers.includes(worker))
    .map(({ name, directory }) => ({ name, directory }));
}
