// The attached workers: admission, liveness checks and shutdown. Independent of the protocol; all it knows about builds is
// whether a worker has any.
import { isDeepStrictEqual } from "node:util";
import type { Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { masterErrors } from "./errors.ts";
import type { MasterConfig } from "./master-config.ts";
import type { MasterParts } from "./master-parts.ts";
import type { BuilderDirectory, WorkerLink, WorkerRegistry } from "./worker-link.ts";

/** How long an attached worker may take to answer a ping when another connection uses its name. */
const DUPLICATE_PING_MS = 10_000;

/** A worker that has sent nothing for SILENCE_MS is pinged, and has PING_MS to answer. */
const SILENCE_MS = 10 * 60_000;
const PING_MS = 2 * 60_000;

/** Time from the shutdown request until the connection is closed. */
const SHUTDOWN_MS = 60_000;

export interface Attachment {
  readonly link: WorkerLink;
  readonly attachedAtMs: number;
  /** Milliseconds since the epoch. */
  lastSeenAtMs: number;
  isShuttingDown: boolean;
  /** The list that it has accepted. */
  builders: readonly BuilderDirectory[];
}

export interface AttachedWorkersOptions extends MasterParts {
  /** The builders of its builds, including those that are about to begin. */
  readonly running: (worker: string) => readonly string[];
  /** A worker has attached, disconnected, begun to shut down, or accepted another list of builders. */
  readonly onChange: (
    worker: string,
    what: "attached" | "gone" | "shutting down" | "ready",
    attachment: Attachment,
  ) => void;
}

interface Held extends Attachment {
  /** Lists of builders are sent one after the other. */
  listing: Promise<void>;
  timer: Timer | undefined;
}

export class AttachedWorkers implements WorkerRegistry {
  readonly #options: AttachedWorkersOptions;
  readonly #held = new Map<string, Held>();
  /** Attach attempts of one name are handled one at a time. */
  readonly #admitting = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(options: AttachedWorkersOptions) {
    this.#options = options;
  }

  find(name: string): Attachment | undefined {
    return this.#held.get(name);
  }

  passwordOf(name: string): string | undefined {
    return this.#options.config().workers.find((worker) => worker.name === name)?.password;
  }

  /**
   * Resolves when the worker has its list of builders. Rejects with ERR_DUPLICATE_WORKER, ERR_NOT_POSSIBLE or the
   * link's error.
   */
  attach(link: WorkerLink): Promise<void> {
    const before = this.#admitting.get(link.name) ?? Promise.resolve();
    const admitted = before.then(() => this.#admit(link));
    const settled = admitted.catch(() => {});
    this.#admitting.set(link.name, settled);
    return admitted.finally(() => {
      if (this.#admitting.get(link.name) === settled) this.#admitting.delete(link.name);
    });
  }

  /**
   * Sends the worker its list of builders if that has changed, and disconnects it if it is no longer configured. A
   * builder that it runs stays until its build has ended. Called when the configuration or its builds have changed.
   */
  refresh(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || this.#isClosed) return;
    if (this.passwordOf(name) === undefined) {
      if (this.#options.running(name).length === 0) this.end(held.link, "it was removed from master.yaml");
      return;
    }
    if (isSameList(this.#wanted(held), held.builders)) return;
    held.listing = held.listing.then(() => this.#list(held));
  }

  async #list(held: Held): Promise<void> {
    const { name } = held.link;
    const builders = this.#wanted(held);
    if (this.#held.get(name) !== held || isSameList(builders, held.builders)) return;
    try {
      await held.link.setBuilders(builders);
    } catch (error) {
      return this.end(held.link, `it did not accept its builders: ${errorText(error)}`);
    }
    held.builders = builders;
    if (this.#held.get(name) === held) this.#options.onChange(name, "ready", held);
  }

  #wanted({ link, builders }: Held): readonly BuilderDirectory[] {
    const running = new Set(this.#options.running(link.name));
    const kept = builders.filter(({ name }) => running.has(name));
    const others = directoriesOf(this.#options.config(), link.name).filter(({ name, directory }) => {
      return !kept.some((one) => one.name === name || one.directory === directory);
    });
    return [...kept, ...others];
  }

  wantsShutdown(link: WorkerLink): void {
    if (this.#held.get(link.name)?.link === link) this.shutDown(link.name);
  }

  seen(link: WorkerLink): void {
    const held = this.#held.get(link.name);
    if (held?.link === link) held.lastSeenAtMs = this.#nowMs();
  }

  /** It gets no more builds, and is asked to shut down once it has none. */
  shutDown(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || held.isShuttingDown) return;
    held.isShuttingDown = true;
    this.#options.log(`worker '${name}' shuts down when its builds have ended`);
    this.#options.onChange(name, "shutting down", held);
    this.shutDownIfIdle(name);
  }

  shutDownIfIdle(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || !held.isShuttingDown || this.#options.running(name).length > 0) return;
    held.timer?.cancel();
    held.timer = this.#options.clock.after(SHUTDOWN_MS, () => {
      this.end(held.link, `it did not shut down within ${SHUTDOWN_MS / 1000} seconds`);
    });
    held.link.shutdown().catch((error: unknown) => {
      this.#options.log(`cannot shut down worker '${name}': ${errorText(error)}`);
      this.end(held.link, "the shutdown request failed");
    });
  }

  /** Closes the connection; the worker is no longer attached when this returns. */
  end(link: WorkerLink, reason: string): void {
    link.end(reason);
    const held = this.#held.get(link.name);
    if (held?.link === link) this.#drop(held, reason);
  }

  /** Closes all connections; nothing attaches afterwards. */
  close(reason: string): void {
    this.#isClosed = true;
    for (const { link } of this.#held.values()) link.end(reason);
  }

  async #admit(link: WorkerLink): Promise<void> {
    if (this.passwordOf(link.name) === undefined) throw masterErrors.notFound(`worker '${link.name}'`);
    await this.#checkOlder(link);
    const builders = directoriesOf(this.#options.config(), link.name);
    await link.setBuilders(builders);
    if (this.#isClosed) throw masterErrors.notPossible("attach", "the master is stopping");
    this.#add(link, builders);
  }

  /** Keeps an older connection of the same name if its worker still answers. */
  async #checkOlder(link: WorkerLink): Promise<void> {
    const older = this.#held.get(link.name);
    if (older === undefined) return;
    const answered = await older.link.ping(DUPLICATE_PING_MS).then(
      () => true,
      () => false,
    );
    if (this.#held.get(link.name) !== older) return;
    if (answered) {
      this.#options.log(
        `worker '${link.name}' from ${link.peer} was rejected: the one from ${older.link.peer} is still connected`,
      );
      throw masterErrors.duplicateWorker();
    }
    this.end(older.link, "it did not answer, and the worker has reconnected");
  }

  #add(link: WorkerLink, builders: readonly BuilderDirectory[]): void {
    const nowMs = this.#nowMs();
    const held: Held = {
      link,
      attachedAtMs: nowMs,
      lastSeenAtMs: nowMs,
      isShuttingDown: false,
      builders,
      listing: Promise.resolve(),
      timer: undefined,
    };
    this.#held.set(link.name, held);
    this.#options.log(`worker '${link.name}' has attached from ${link.peer}`);
    void link.ended.then((reason) => this.#drop(held, reason));
    this.#scheduleCheck(held, SILENCE_MS);
    this.#options.onChange(link.name, "attached", held);
    // The configuration may have changed meanwhile.
    this.refresh(link.name);
  }

  #drop(held: Held, reason: string): void {
    const { name } = held.link;
    if (this.#held.get(name) !== held) return;
    this.#held.delete(name);
    held.timer?.cancel();
    this.#options.log(`worker '${name}' disconnected: ${reason}`);
    this.#options.onChange(name, "gone", held);
  }

  #scheduleCheck(held: Held, delayMs: number): void {
    held.timer = this.#options.clock.after(delayMs, () => void this.#checkAlive(held));
  }

  /** Without this, a connection whose peer vanished silently would stay open. */
  async #checkAlive(held: Held): Promise<void> {
    const silentMs = this.#nowMs() - held.lastSeenAtMs;
    if (silentMs >= 0 && silentMs < SILENCE_MS) return this.#scheduleCheck(held, SILENCE_MS - silentMs);
    const pingedAtMs = this.#nowMs();
    try {
      await held.link.ping(PING_MS);
      held.lastSeenAtMs = this.#nowMs();
    } catch (error) {
      if (held.lastSeenAtMs <= pingedAtMs) this.end(held.link, `it did not answer: ${errorText(error)}`);
    }
    if (this.#held.get(held.link.name) === held && !held.isShuttingDown) this.#scheduleCheck(held, SILENCE_MS);
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

/** Whatever their order. */
function isSameList(one: readonly BuilderDirectory[], other: readonly BuilderDirectory[]): boolean {
  const words = (list: readonly BuilderDirectory[]) => list.map(({ name, directory }) => `${name}/${directory}`).sort();
  return isDeepStrictEqual(words(one), words(other));
}
