// Our calls that the peer has not answered yet.

import type { JellyValue } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";

interface PendingCall {
  readonly method: string;
  readonly resolve: (value: JellyValue) => void;
  readonly reject: (error: Error) => void;
}

/** What the map holds; empty once the call was taken. */
interface Entry {
  call: PendingCall | undefined;
}

export class PendingCalls {
  readonly #calls = new Map<number, Entry>();
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
      this.#calls.set(id, { call: { method, resolve, reject } });
    });
  }

  /** Throws ERR_PB_STATE when nobody waits for `id`. */
  take(id: number): PendingCall {
    const entry = this.#calls.get(id);
    const call = entry?.call;
    if (entry === undefined || call === undefined) {
      throw sessionErrors.pbState(`an answer to request ${id}, which is not pending`);
    }
    this.#calls.delete(id);
    // V8 links the tables that a map has outgrown, and collects none of them for a long time once one is old: what they
    // still held, blocks of a download, would stay as well.
    entry.call = undefined;
    return call;
  }

  rejectAll(error: Error): void {
    const entries = [...this.#calls.values()];
    this.#calls.clear();
    for (const { call } of entries) call?.reject(error);
  }
}
