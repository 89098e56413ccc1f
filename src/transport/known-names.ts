// The addresses that names have by the system's own lookup. Nobody can end one that hangs, so it runs at most once for a name
// at a time; and what a name had last is remembered for that case.
import { lookup as systemLookup } from "node:dns/promises";
import { stat } from "node:fs";

/** More addresses of one name than this are not tried. */
const ADDRESS_LIMIT = 16;
/** So many names are remembered. A worker has its master's, and perhaps its proxy's. */
const NAME_LIMIT = 16;

export interface FoundAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export type Lookup = (host: string) => Promise<readonly FoundAddress[]>;

export class KnownNames {
  /** Of the threads in which its lookups run. */
  readonly askThreads: () => () => boolean;
  readonly #lookup: Lookup;
  readonly #underWay = new Map<string, Promise<readonly FoundAddress[]>>();
  readonly #lastFound = new Map<string, readonly FoundAddress[]>();
  readonly #toldOf = new Set<string>();

  constructor(lookup: Lookup, threads = askThreads) {
    this.#lookup = lookup;
    this.askThreads = threads;
  }

  /** In the order in which the system wants them tried; the caller may stop waiting, what is found is remembered still. */
  lookUp(host: string): Promise<readonly FoundAddress[]> {
    const running = this.#underWay.get(host);
    if (running !== undefined) return running;
    const begun = this.#lookUp(host).finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, begun);
    return begun;
  }

  /** What the last lookup found that found anything. */
  lastFound(host: string): readonly FoundAddress[] | undefined {
    return this.#lastFound.get(host);
  }

  /** Calls `tell` unless it was done for this name since it was found last. */
  tellOnce(host: string, tell: () => void): void {
    if (this.#toldOf.has(host)) return;
    this.#toldOf.add(host);
    tell();
  }

  async #lookUp(host: string): Promise<readonly FoundAddress[]> {
    const found = (await this.#lookup(host)).slice(0, ADDRESS_LIMIT);
    if (found.length > 0) this.#remember(host, found);
    return found;
  }

  #remember(host: string, found: readonly FoundAddress[]): void {
    this.#toldOf.delete(host);
    this.#lastFound.delete(host);
    this.#lastFound.set(host, found);
    const [oldest] = this.#lastFound.keys();
    if (this.#lastFound.size <= NAME_LIMIT || oldest === undefined) return;
    this.#lastFound.delete(oldest);
    this.#toldOf.delete(oldest);
  }
}

/** The names of this process. */
export const systemNames = new KnownNames((host) => systemLookup(host, { all: true }));

/** What the threads were asked last. */
let question = { isAnswered: true };

/**
 * Gives something that takes no time to the threads in which Node.js has the system work on files and names; what it returns
 * tells whether that is still not done. There are four of them unless UV_THREADPOOL_SIZE says otherwise, and a file of a dead
 * server holds one for as long as the server is dead.
 */
function askThreads(): () => boolean {
  if (question.isAnswered) {
    const asked = { isAnswered: false };
    stat("/", () => {
      asked.isAnswered = true;
    });
    question = asked;
  }
  const last = question;
  return () => !last.isAnswered;
}
