// Back-pressure: counts the bytes of output that a master has not acknowledged, so that a slow master slows builds down
// instead of filling the worker's memory. Commands that print most are paused first, so that quiet ones need not wait.
import type { Relayed } from "../transport/index.ts";

/** Below this part of the limit, no command with at most half of its share is paused. */
const RELAXED_PART = 0.75;

/** Well below what a connection keeps for its master, also with what is around the output. */
const HIGHEST_LIMIT_BYTES = 48 * 1024 * 1024;

/** The unacknowledged output of one command. */
export interface CommandBacklog {
  add(bytes: number): void;
  remove(bytes: number): void;
  /** Calls the listener when the command must pause or may continue, at once if it must pause. One listener per command. */
  onCongestion(listener: (congested: boolean) => void): void;
  /** Removes the listener; unacknowledged bytes still count. */
  close(): void;
}

interface Account {
  bytes: number;
  isCongested: boolean;
  listener: ((congested: boolean) => void) | undefined;
}

export class Backlog {
  readonly #limitBytes: () => number;
  /** Those with unacknowledged bytes or a listener. */
  readonly #accounts = new Set<Account>();
  #bytes = 0;
  /** Number of accounts with unacknowledged bytes. */
  #users = 0;
  #congestedCount = 0;

  /**
   * Limit of unacknowledged output; output that was already read may exceed it by a batch per command. While a relay's
   * line is down, it is higher.
   */
  constructor(limitBytes: number, relayed?: Relayed) {
    this.#limitBytes = () => Math.min(limitBytes + (relayed?.extraBacklogBytes ?? 0), HIGHEST_LIMIT_BYTES);
    relayed?.onLine(() => this.#review());
  }

  /** Unacknowledged bytes of all commands. */
  get bytes(): number {
    return this.#bytes;
  }

  open(): CommandBacklog {
    const account: Account = { bytes: 0, isCongested: false, listener: undefined };
    const count = (bytes: number) => {
      const wasUser = account.bytes > 0;
      account.bytes += bytes;
      this.#users += Number(account.bytes > 0) - Number(wasUser);
      this.#bytes += bytes;
      this.#track(account);
      this.#review();
    };
    return {
      add: count,
      remove: (bytes) => count(-bytes),
      onCongestion: (listener) => {
        account.listener = listener;
        this.#track(account);
        if (account.isCongested) listener(true);
        this.#review();
      },
      close: () => {
        account.listener = undefined;
        this.#track(account);
      },
    };
  }

  #track(account: Account): void {
    if (account.bytes > 0 || account.listener !== undefined) this.#accounts.add(account);
    else this.#accounts.delete(account);
  }

  #review(): void {
    // Less than one share in total: no account can exceed its share, so hundreds of them need no check at every update.
    if (this.#congestedCount === 0 && this.#bytes < this.#shareBytes) return;
    for (const account of this.#accounts) {
      const isCongested = this.#isOverShare(account);
      if (isCongested === account.isCongested) continue;
      account.isCongested = isCongested;
      this.#congestedCount += isCongested ? 1 : -1;
      account.listener?.(isCongested);
    }
  }

  /** A paused command continues only when half of its share is free, or it would pause and continue at every line. */
  #isOverShare({ bytes, isCongested }: Account): boolean {
    const shareBytes = this.#shareBytes;
    if (isCongested) return bytes > shareBytes / 2 || this.#bytes > this.#limitBytes() * RELAXED_PART;
    return bytes >= shareBytes || this.#bytes >= this.#limitBytes();
  }

  /** One share for each command with unacknowledged bytes, and one free for the next. */
  get #shareBytes(): number {
    return this.#limitBytes() / (this.#users + 1);
  }
}
