// Counts the bytes of output that a master has not acknowledged yet, so that a slow master slows builds down instead of
// filling the worker's memory: first those that print most, so that a quiet one does not wait for them.

/** Below this part of the limit nobody pauses who has not more than half of his share. */
const RELAXED_PART = 0.75;

/** What one command has on its way. */
export interface CommandBacklog {
  add(bytes: number): void;
  remove(bytes: number): void;
  /** Tells, at once if need be and at each change, whether the command is to pause. One listener a command. */
  onCongestion(listener: (congested: boolean) => void): void;
  /** Ends the listening; what is still on its way goes on to count. */
  close(): void;
}

interface Account {
  bytes: number;
  isCongested: boolean;
  listener: ((congested: boolean) => void) | undefined;
}

export class Backlog {
  readonly #limitBytes: number;
  /** Of all that have something on its way, or may. */
  readonly #accounts = new Set<Account>();
  #bytes = 0;
  /** Of the accounts those that are not empty. */
  #users = 0;
  #congestedCount = 0;

  /** Of unacknowledged output; what was read already may exceed it by a batch for each command. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** What the master has not acknowledged yet, of all commands. */
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
      this.#keep(account);
      this.#review();
    };
    return {
      add: count,
      remove: (bytes) => count(-bytes),
      onCongestion: (listener) => {
        account.listener = listener;
        this.#keep(account);
        if (account.isCongested) listener(true);
        this.#review();
      },
      close: () => {
        account.listener = undefined;
        this.#keep(account);
      },
    };
  }

  #keep(account: Account): void {
    if (account.bytes > 0 || account.listener !== undefined) this.#accounts.add(account);
    else this.#accounts.delete(account);
  }

  #review(): void {
    // Nobody can have a whole share of what all have together: no need to ask each of hundreds, at every update.
    if (this.#congestedCount === 0 && this.#bytes < this.#shareBytes) return;
    for (const account of this.#accounts) {
      const isCongested = this.#isTooMuch(account);
      if (isCongested === account.isCongested) continue;
      account.isCongested = isCongested;
      this.#congestedCount += isCongested ? 1 : -1;
      account.listener?.(isCongested);
    }
  }

  /** Half of a share must be free again before a command goes on, or it would stop and go at every line. */
  #isTooMuch({ bytes, isCongested }: Account): boolean {
    const shareBytes = this.#shareBytes;
    if (isCongested) return bytes > shareBytes / 2 || this.#bytes > this.#limitBytes * RELAXED_PART;
    return bytes >= shareBytes || this.#bytes >= this.#limitBytes;
  }

  /** A part for each command that uses one, and a part that is free for the next. */
  get #shareBytes(): number {
    return this.#limitBytes / (this.#users + 1);
  }
}
