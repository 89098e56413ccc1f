// Our requests that the peer has not answered yet, by their sequence numbers.

import type { MsgpackValue } from "../../wire/msgpack/index.ts";
import { sessionErrors } from "../errors.ts";
import type { SequenceNumber } from "./messages.ts";

interface PendingRequest {
  readonly op: string;
  readonly resolve: (value: MsgpackValue) => void;
  readonly reject: (error: Error) => void;
}

/** What the map holds; empty once the request was taken, since a map that was outgrown may keep it for long. */
interface Entry {
  request: PendingRequest | undefined;
}

export class PendingRequests {
  readonly #requests = new Map<SequenceNumber, Entry>();
  #nextNumber = 0;

  get size(): number {
    return this.#requests.size;
  }

  /** Numbers count up from 0 per connection. */
  nextNumber(): number {
    this.#nextNumber += 1;
    return this.#nextNumber - 1;
  }

  add(number: SequenceNumber, op: string): Promise<MsgpackValue> {
    return new Promise((resolve, reject) => {
      this.#requests.set(number, { request: { op, resolve, reject } });
    });
  }

  /** Throws ERR_MSGPACK_STATE when nobody waits for `number`: both of Buildbot's sides end the connection then. */
  take(number: SequenceNumber): PendingRequest {
    const entry = this.#requests.get(number);
    const request = entry?.request;
    if (entry === undefined || request === undefined) {
      throw sessionErrors.msgpackState(`a response to request ${number}, which is not pending`);
    }
    this.#requests.delete(number);
    entry.request = undefined;
    return request;
  }

  rejectAll(error: Error): void {
    const entries = [...this.#requests.values()];
    this.#requests.clear();
    for (const { request } of entries) request?.reject(error);
  }
}
