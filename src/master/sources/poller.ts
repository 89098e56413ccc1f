// Polls one git repository for changed branches. After a failure it waits longer, and says why.
import type { Clock } from "../../base/clock.ts";
import { HOUR_MS } from "../../base/duration.ts";
import { errorText } from "../../base/errors.ts";
import { delay } from "../../base/waiting.ts";
import type { PollerConfig } from "../master-config.ts";
import type { ChangeSourceView, SourceChange } from "../master-view.ts";
import { branchFault } from "../source-names.ts";
import type { SourceChanges } from "../store/index.ts";
import { branchesOf, commitOf, type GitRemoteOptions } from "./git-remote.ts";
import { isBranchOf } from "./source-branches.ts";

/** The longest delay after failures, unless the interval is longer. */
const LONGEST_DELAY_MS = HOUR_MS;
/** Further changes of one poll have no author and message. */
const MAX_COMMITS = 20;

export interface PollerOptions {
  readonly config: PollerConfig;
  readonly changes: Pick<SourceChanges, "heads" | "setHead" | "removeHead">;
  /** Contains the caches of all pollers. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** Throws ERR_STORE_WRITE; the poll is repeated then. */
  readonly onChange: (change: SourceChange) => void;
}

export class Poller {
  readonly config: PollerConfig;
  readonly #options: PollerOptions;
  readonly #abort = new AbortController();
  #trouble: string | undefined;
  #lastSeenAtMs: number | undefined;

  constructor(options: PollerOptions) {
    this.config = options.config;
    this.#options = options;
  }

  view(): ChangeSourceView {
    const { name, type, repository } = this.config;
    return { name, type, repository, lastSeenAtMs: this.#lastSeenAtMs, trouble: this.#trouble };
  }

  /** Polls immediately, and then at intervals. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const everyMs = this.config.everySeconds * 1000;
    for (let failures = 0; !this.#abort.signal.aborted; ) {
      const fault = await this.#poll().catch(errorText);
      if (this.#abort.signal.aborted) return;
      failures = fault === undefined ? 0 : failures + 1;
      this.#report(fault);
      const longestMs = Math.max(everyMs, LONGEST_DELAY_MS);
      await delay(clock, Math.min(everyMs * 2 ** Math.min(failures, 20), longestMs), this.#abort.signal);
    }
  }

  /** Why it failed. The first poll, and the first with other patterns, only record where new branches are. */
  async #poll(): Promise<string | undefined> {
    const { changes, cacheDirectory, clock, onChange } = this.#options;
    const { name, repository, branches, token } = this.config;
    const remote: GitRemoteOptions = { repository, token, cacheDirectory, clock, signal: this.#abort.signal };
    const found = await branchesOf(remote);
    if ("fault" in found) return found.fault;
    const known = changes.heads(repository);
    // Stored like a branch, which has no space in its name.
    const [polled, patterns] = [`polled by ${name}`, branches.join(" ")];
    const isFirst = known.get(polled) !== patterns;
    let commits = 0;
    for (const [branch, revision] of found) {
      if (known.get(branch) === revision || !isBranchOf(this.config, branch) || branchFault(branch)) continue;
      if (isFirst && !known.has(branch)) {
        changes.setHead(repository, branch, revision);
        continue;
      }
      commits += 1;
      const commit =
        commits <= MAX_COMMITS ? await commitOf(remote, { branch, revision }) : { author: "", message: "" };
      if (this.#abort.signal.aborted) return undefined;
      onChange({ repository, branch, revision, ...commit, link: "" });
    }
    for (const branch of known.keys()) {
      if (!branch.includes(" ") && !found.has(branch)) changes.removeHead(repository, branch);
    }
    if (isFirst) changes.setHead(repository, polled, patterns);
    return undefined;
  }

  #report(fault: string | undefined): void {
    const { clock, log } = this.#options;
    const { repository, name } = this.config;
    const trouble = fault && `${repository} cannot be polled: ${fault}`;
    if (trouble !== undefined && trouble !== this.#trouble) log(`change source '${name}': ${trouble}`);
    if (fault === undefined) {
      const isNews = this.#trouble !== undefined || this.#lastSeenAtMs === undefined;
      if (isNews) log(`change source '${name}': ${repository} was polled`);
      this.#lastSeenAtMs = clock.date().getTime();
    }
    this.#trouble = trouble;
  }
}
