// Our calls that the peer has not answered yet.
import { errors } from "../../base/errors.ts";
import type { JellyValue } from "../../wire/jelly/values.ts";

interface PendingCall {
  readonly method: string;
  readonly resolve: (value: JellyValue) => void;
  readonly reject: (error: Error) => void;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** Ids count up from 1 per connection; gaps do no harm. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(id: number, method: string): Promise<JellyValue> {
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, resolve, reject });
    });
  }

  /** Throws ERR_PB_STATE when nobody waits for `id`. */
  take(id: number): PendingCall {
    const call = this.#calls.get(id);
    if (call === undefined) throw errors.pbState(`an answer to request ${id}, which is not pending`);
    this.#calls.delete(id);
    return call;
  }

  rejectAll(error: Error): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(error);
  }
}
