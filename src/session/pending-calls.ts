// Our calls that the peer has not answered yet, by id.

interface PendingCall<Value> {
  /** The method or the operation. */
  readonly name: string;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A value of the map; empty once the call was taken. */
interface Entry<Value> {
  call: PendingCall<Value> | undefined;
}

export interface PendingCallsOptions {
  readonly firstId: number;
  /** The protocol's error for an unexpected answer; `what` names the request. */
  readonly stateError: (what: string) => Error;
}

/** Ids count up per connection; gaps are harmless. */
export class PendingCalls<Value> {
  readonly #calls = new Map<number | bigint, Entry<Value>>();
  readonly #stateError: PendingCallsOptions["stateError"];
  #nextId: number;

  constructor({ firstId, stateError }: PendingCallsOptions) {
    this.#nextId = firstId;
    this.#stateError = stateError;
  }

  get size(): number {
    return this.#calls.size;
  }

  nextId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  add(id: number, name: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { call: { name, resolve, reject } });
    });
  }

  /** Throws the state error when `id` is not pending. */
  take(id: number | bigint): PendingCall<Value> {
    const entry = this.#calls.get(id);
    const call = entry?.call;
    if (entry === undefined || call === undefined) throw this.#stateError(`request ${id}, which is not pending`);
    this.#calls.delete(id);
    // V8 keeps the outgrown tables of a map linked, and for a long time collects none of them once one is old: without
    // this, everything they refer to, such as blocks of a download, would stay in memory.
    entry.call = undefined;
    return call;
  }

  rejectAll(error: Error): void {
    const entries = [...this.#calls.values()];
    this.#calls.clear();
    for (const { call } of entries) call?.reject(error);
  }
}
