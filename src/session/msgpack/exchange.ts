// The state of one MessagePack connection, for either side: requests by sequence number, each answered once. Messages
// in, messages out; it knows neither sockets nor what the operations do.
import { clip } from "../../base/clip.ts";
import { baseErrors, WorkerError } from "../../base/errors.ts";
import type { Lane } from "../../base/lane.ts";
import { decodeMessage, encodeMessage, type MsgpackMap, type MsgpackValue } from "../../wire/msgpack/index.ts";
import { sessionErrors } from "../errors.ts";
import { PendingCalls } from "../pending-calls.ts";
import {
  failureMessage,
  type MsgpackMessage,
  readMessage,
  requestMessage,
  resultMessage,
  type SequenceNumber,
} from "./messages.ts";

/** Requests of the peer that we have not answered yet; a real master waits for each answer. */
const UNANSWERED_REQUESTS_LIMIT = 10_000;
/** Unusable messages that are reported; further ones are ignored silently. */
const REPORTED_PROBLEMS_LIMIT = 20;

/** Returns the answer; an error of family `remote` becomes the text of a failure. */
export type Operation = (fields: MsgpackMap) => MsgpackValue | Promise<MsgpackValue>;

export interface ExchangeOptions {
  /** Default: the worker's. */
  readonly side?: "worker" | "master";
  /** By name. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Must not throw. */
  readonly send: (message: Uint8Array, lane: Lane) => void;
  /** Reports an ignored message of the peer. */
  readonly onProblem: (sentence: string) => void;
  /** An operation threw something other than a WorkerError. */
  readonly onBug: (error: unknown) => void;
  /** Every message that was read or sent. */
  readonly onMessage?: (direction: "in" | "out", message: MsgpackValue) => void;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #pending = new PendingCalls<MsgpackValue>({
    firstId: 0,
    // Buildbot's worker and master end the connection then.
    stateError: (what) => sessionErrors.msgpackState(`a response to ${what}`),
  });
  #unanswered = 0;
  #problems = 0;
  #closed: Error | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Unanswered requests of either side. */
  get counts(): { readonly pending: number; readonly unanswered: number } {
    return { pending: this.#pending.size, unanswered: this.#unanswered };
  }

  /** Handles a message. After an error of family `protocol` the caller closes the connection. */
  receive(bytes: Uint8Array): void {
    if (this.#closed !== undefined) return;
    const value = decodeMessage(bytes);
    this.#options.onMessage?.("in", value);
    const message = readMessage(value);
    switch (message.type) {
      case "request":
        return this.#serve(message);
      case "result":
        return this.#pending.take(message.number).resolve(message.value);
      case "failure": {
        const { name, reject } = this.#pending.take(message.number);
        return reject(sessionErrors.refusedByPeer(name, clip(message.text)));
      }
      case "unusable":
        return this.problem(`a message ${message.why}`);
      default:
        return message satisfies never;
    }
  }

  /** Reports that `what` was ignored. */
  problem(what: string): void {
    this.#problems += 1;
    if (this.#problems > REPORTED_PROBLEMS_LIMIT) return;
    const last = this.#problems === REPORTED_PROBLEMS_LIMIT ? "; further ones are not reported" : "";
    const peer = this.#options.side === "master" ? "worker" : "master";
    this.#options.onProblem(`the ${peer} sent ${what}, which is ignored${last}`);
  }

  /** Rejects with ERR_REFUSED_BY_PEER, the error of an unsendable request, or the cause of the close. */
  async request(op: string, fields: MsgpackMap, lane: Lane): Promise<MsgpackValue> {
    if (this.#closed !== undefined) throw this.#closed;
    const number = this.#pending.nextId();
    const request = requestMessage(op, number, fields);
    const message = encodeMessage(request);
    const answer = this.#pending.add(number, op);
    this.#send(request, message, lane);
    return answer;
  }

  /** Rejects all pending requests; nothing more is sent. Idempotent. */
  close(cause: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = cause;
    this.#pending.rejectAll(cause);
  }

  #serve({ op, number, fields }: Extract<MsgpackMessage, { type: "request" }>): void {
    if (this.#unanswered === UNANSWERED_REQUESTS_LIMIT) {
      throw baseErrors.sessionLimit("unanswered requests", UNANSWERED_REQUESTS_LIMIT);
    }
    const operation = this.#options.operations.get(op);
    if (operation === undefined) return this.#refuse(number, sessionErrors.noSuchOperation(clip(op)));
    let result: MsgpackValue | Promise<MsgpackValue>;
    try {
      result = operation(fields);
    } catch (error) {
      return this.#refuse(number, error);
    }
    if (!(result instanceof Promise)) return this.#answer(number, result);
    this.#unanswered += 1;
    result
      .then(
        (value) => this.#answer(number, value),
        (error: unknown) => this.#refuse(number, error),
      )
      .finally(() => {
        this.#unanswered -= 1;
      });
  }

  #answer(number: SequenceNumber, value: MsgpackValue): void {
    const response = resultMessage(number, value);
    let message: Uint8Array;
    try {
      message = encodeMessage(response);
    } catch (error) {
      return this.#refuse(number, error);
    }
    this.#send(response, message, "prompt");
  }

  #refuse(number: SequenceNumber, error: unknown): void {
    const isKnown = error instanceof WorkerError;
    if (!isKnown) this.#options.onBug(error);
    const { side = "worker" } = this.#options;
    const response = failureMessage(number, isKnown ? error.message : `internal error of the ${side}`);
    this.#send(response, encodeMessage(response), "prompt");
  }

  #send(value: MsgpackMap, message: Uint8Array, lane: Lane): void {
    if (this.#closed !== undefined) return;
    this.#options.onMessage?.("out", value);
    this.#options.send(message, lane);
  }
}
