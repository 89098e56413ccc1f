// Resolves names with the system's lookup. A lookup that hangs cannot be cancelled, so at most one runs per name at a
// time, and the last addresses of each name are remembered as a fallback.
import { lookup as systemLookup } from "node:dns/promises";
import { stat } from "node:fs";

/** Addresses of one name that are tried. */
const ADDRESS_LIMIT = 16;
/** Names that are remembered. A worker needs its master's, and perhaps its proxy's. */
const NAME_LIMIT = 16;

export interface FoundAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export type Lookup = (host: string) => Promise<readonly FoundAddress[]>;

export class KnownNames {
  /** Probes the threads in which the lookups run. */
  readonly probeThreads: () => () => boolean;
  readonly #lookup: Lookup;
  readonly #underWay = new Map<string, Promise<readonly FoundAddress[]>>();
  readonly #lastFound = new Map<string, readonly FoundAddress[]>();
  readonly #warnedOf = new Set<string>();

  constructor(lookup: Lookup, threads = probeThreads) {
    this.#lookup = lookup;
    this.probeThreads = threads;
  }

  /** In the system's order of preference. If the caller stops waiting, the result is still remembered. */
  lookUp(host: string): Promise<readonly FoundAddress[]> {
    const running = this.#underWay.get(host);
    if (running !== undefined) return running;
    const started = this.#lookUp(host).finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, started);
    return started;
  }

  /** The result of the last lookup that found any address. */
  lastFound(host: string): readonly FoundAddress[] | undefined {
    return this.#lastFound.get(host);
  }

  /** Calls `warn` at most once for a name between two successful lookups. */
  warnOnce(host: string, warn: () => void): void {
    if (this.#warnedOf.has(host)) return;
    this.#warnedOf.add(host);
    warn();
  }

  async #lookUp(host: string): Promise<readonly FoundAddress[]> {
    const found = (await this.#lookup(host)).slice(0, ADDRESS_LIMIT);
    if (found.length > 0) this.#remember(host, found);
    return found;
  }

  #remember(host: string, found: readonly FoundAddress[]): void {
    this.#warnedOf.delete(host);
    this.#lastFound.delete(host);
    this.#lastFound.set(host, found);
    const [oldest] = this.#lastFound.keys();
    if (this.#lastFound.size <= NAME_LIMIT || oldest === undefined) return;
    this.#lastFound.delete(oldest);
    this.#warnedOf.delete(oldest);
  }
}

export const systemNames = new KnownNames((host) => systemLookup(host, { all: true }));

let lastProbe = { isDone: true };

/**
 * Queues a trivial call on Node's thread pool, which serves file and name lookups, and returns a function that says
 * whether it is still pending. The pool has four threads unless UV_THREADPOOL_SIZE says otherwise, and a file on a dead
 * server blocks one until the server is back.
 */
function probeThreads(): () => boolean {
  if (lastProbe.isDone) {
    const probe = { isDone: false };
    stat("/", () => {
      probe.isDone = true;
    });
    lastProbe = probe;
  }
  const last = lastProbe;
  return () => !last.isDone;
}
