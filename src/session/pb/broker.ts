// One PB connection of either role as a state machine: bytes in, calls of our objects and answers to our calls out. It
// owns object ids, handles and pending calls; it knows neither sockets nor what any method does.
import { clip } from "../../base/clip.ts";
import { baseErrors, WorkerError } from "../../base/errors.ts";
import type { Lane } from "../../base/lane.ts";
import { Tuple } from "../../base/python-values.ts";
import {
  BananaDecoder,
  type BananaLimits,
  bananaLimits,
  type Element,
  type Encodable,
  encodeElement,
} from "../../wire/banana/index.ts";
import { Failure, type JellyValue, jelly, type Remote, unjelly } from "../../wire/jelly/index.ts";
import {
  acceptDialect,
  chooseDialect,
  dialectOffer,
  PB_VERSION,
  type PbMessage,
  readPbMessage,
  writePbMessage,
} from "../../wire/pb/index.ts";
import { sessionErrors } from "../errors.ts";
import { PendingCalls } from "../pending-calls.ts";
import { Exports } from "./exports.ts";
import { readArguments } from "./read-arguments.ts";
import { errorOfFailure, failureOf } from "./remote-failure.ts";
import type { RemoteObject } from "./remote-object.ts";

/** Calls of the peer that we have not answered yet. */
const UNANSWERED_CALLS_LIMIT = 10_000;
/** Handles on the peer's objects that we hold. */
const HANDLES_LIMIT = 100_000;

export interface BrokerOptions {
  /** The TCP client is the client; the server offers the dialects and owns `root`. */
  readonly role: "client" | "server";
  /** Takes the bytes of one message. The chunks must not change until they are written. */
  readonly send: (chunks: readonly Uint8Array[], lane: Lane) => void;
  /** The object that the peer calls by the name `root`. */
  readonly root?: RemoteObject;
  readonly limits?: BananaLimits;
  /** The dialect is negotiated; calls may be made from now on. */
  readonly onReady?: () => void;
  /** A protocol problem that does not end the connection. */
  readonly onProblem?: (sentence: string) => void;
  /** A method threw something other than a WorkerError: a bug in our code. */
  readonly onBug?: (error: unknown) => void;
}

export interface BrokerCounts {
  /** Our calls. */
  readonly pendingCalls: number;
  /** The peer's calls. */
  readonly unansweredCalls: number;
  readonly handles: number;
  readonly exports: number;
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BananaLimits;
  readonly #decoder: BananaDecoder;
  readonly #exports = new Exports();
  readonly #pending = new PendingCalls<JellyValue>({
    firstId: 1,
    stateError: (what) => sessionErrors.pbState(`an answer to ${what}`),
  });
  readonly #handles = new Set<Remote>();
  #unansweredCalls = 0;
  #state: "negotiating" | "open" | "closed" = "negotiating";

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? bananaLimits;
    this.#decoder = new BananaDecoder(this.#limits);
    if (options.role === "server") this.#write(dialectOffer, "prompt");
  }

  /** Unanswered calls of either side, and the objects that each side holds. */
  get counts(): BrokerCounts {
    return {
      pendingCalls: this.#pending.size,
      unansweredCalls: this.#unansweredCalls,
      handles: this.#handles.size,
      exports: this.#exports.size,
    };
  }

  /** Throws a WorkerError of family `protocol` when the connection must end; the caller closes it, then this broker. */
  receive(chunk: Uint8Array): void {
    for (const element of this.#decoder.push(chunk)) {
      if (this.#state === "closed") return;
      if (this.#state === "negotiating") this.#negotiate(element);
      else this.#dispatch(readPbMessage(element));
    }
  }

  /**
   * Calls a method of the peer's object, or of its `root`. Rejects with ERR_REMOTE_FAILURE, ERR_CONNECTION_LOST,
   * ERR_DEAD_REFERENCE or, before anything is sent, the error of unsendable arguments. The caller releases the handles
   * in the answer.
   */
  call(
    target: Remote | "root",
    method: string,
    args: readonly JellyValue[],
    lane: Lane = "prompt",
  ): Promise<JellyValue> {
    if (this.#state !== "open" || (target !== "root" && !this.#handles.has(target))) {
      return Promise.reject(sessionErrors.deadReference(method));
    }
    const id = this.#pending.nextId();
    // Added before sending, because sending may end the connection and with it every pending call.
    const answer = this.#pending.add(id, method);
    try {
      this.#send(
        {
          type: "message",
          requestId: id,
          objectId: target === "root" ? target : target.luid,
          method,
          answerRequired: true,
          args: jelly(new Tuple(args)),
          kwargs: jelly(new Map()),
        },
        lane,
      );
    } catch (error) {
      this.#pending.take(id).reject(error as Error);
    }
    return answer;
  }

  /** The wire form of our object, to be written once, in an argument or a result. */
  expose(object: RemoteObject): Remote {
    return this.#exports.expose(object);
  }

  /** Releases a handle, after earlier messages of the same lane. Idempotent. */
  release(remote: Remote, lane: Lane = "prompt"): void {
    if (!this.#handles.delete(remote) || this.#state !== "open") return;
    this.#send({ type: "decref", objectId: remote.luid }, lane);
  }

  /** The connection is gone: every pending call fails, every handle becomes invalid. Idempotent. */
  close(cause: Error): void {
    this.#state = "closed";
    this.#handles.clear();
    this.#exports.clear();
    this.#pending.rejectAll(sessionErrors.connectionLost.from(cause, cause.message));
  }

  #negotiate(element: Element): void {
    const dialect = this.#options.role === "client" ? chooseDialect(element) : acceptDialect(element);
    if (this.#options.role === "client") this.#write(dialect, "prompt");
    if (this.#isClosed()) return;
    this.#decoder.dialect = dialect;
    this.#state = "open";
    this.#send({ type: "version", version: PB_VERSION }, "prompt");
    this.#options.onReady?.();
  }

  #dispatch(message: PbMessage): void {
    switch (message.type) {
      case "version":
        if (message.version !== PB_VERSION) throw sessionErrors.pbVersion(PB_VERSION, message.version);
        return;
      case "message":
        return this.#serve(message);
      case "answer":
        return this.#settle(message.requestId, message.value, (value) => value);
      case "error":
        return this.#settle(message.requestId, message.failure, toFailure);
      case "decref":
        return this.#exports.decref(message.objectId);
      case "didNotUnderstand":
        return this.#options.onProblem?.(`the peer did not understand ${clip(message.operation)}`);
      case "unsupported":
        this.#options.onProblem?.(`the peer sent the unknown operation ${clip(message.operation)}`);
        return this.#send({ type: "didNotUnderstand", operation: clip(message.operation) }, "prompt");
      default:
        return message satisfies never;
    }
  }

  #settle(id: number, element: Element, read: (value: JellyValue) => JellyValue | Failure): void {
    const call = this.#pending.take(id);
    const remotes: Remote[] = [];
    try {
      const value = read(unjelly(element, remotes));
      this.#hold(remotes);
      if (value instanceof Failure) call.reject(errorOfFailure(call.name, value));
      else call.resolve(value);
    } catch (error) {
      call.reject(error as Error);
      this.#hold(remotes);
      this.#releaseAll(remotes);
    }
  }

  #serve(message: Extract<PbMessage, { type: "message" }>): void {
    if (this.#unansweredCalls === UNANSWERED_CALLS_LIMIT) {
      throw baseErrors.sessionLimit("unanswered calls", UNANSWERED_CALLS_LIMIT);
    }
    const remotes: Remote[] = [];
    const kept = new Set<Remote>();
    const finish = (outcome: { value: JellyValue } | { error: unknown }) => {
      if (this.#state !== "open") return;
      if (message.answerRequired) this.#answer(message.requestId, outcome);
      this.#releaseAll(remotes.filter((remote) => !kept.has(remote)));
    };
    let result: JellyValue | Promise<JellyValue>;
    try {
      const call = { ...readArguments(message, remotes), keep: (remote: Remote) => void kept.add(remote) };
      this.#hold(remotes);
      result = this.#method(message.objectId, message.method)(call);
    } catch (error) {
      this.#hold(remotes);
      return finish({ error });
    }
    if (!(result instanceof Promise)) return finish({ value: result });
    this.#unansweredCalls += 1;
    result
      .then(
        (value) => finish({ value }),
        (error: unknown) => finish({ error }),
      )
      .finally(() => {
        this.#unansweredCalls -= 1;
      });
  }

  #method(objectId: number | string, method: string) {
    const object = typeof objectId === "number" ? this.#exports.find(objectId) : this.#named(objectId);
    if (object === undefined) throw sessionErrors.noSuchObject();
    const found = object.methods.get(method);
    if (found === undefined) throw sessionErrors.noSuchMethod(clip(method));
    return found;
  }

  #named(name: string): RemoteObject | undefined {
    return name === "root" ? this.#options.root : undefined;
  }

  #answer(requestId: number, outcome: { value: JellyValue } | { error: unknown }): void {
    if ("value" in outcome) {
      try {
        return this.#send({ type: "answer", requestId, value: jelly(outcome.value) }, "prompt");
      } catch (error) {
        return this.#answer(requestId, { error });
      }
    }
    if (!(outcome.error instanceof WorkerError)) this.#options.onBug?.(outcome.error);
    const failure = failureOf(outcome.error, this.#options.role === "client" ? "worker" : "master");
    this.#send({ type: "error", requestId, failure: jelly(failure) }, "prompt");
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #hold(remotes: readonly Remote[]): void {
    for (const remote of remotes) this.#handles.add(remote);
    if (this.#handles.size > HANDLES_LIMIT) throw baseErrors.sessionLimit("object references with us", HANDLES_LIMIT);
  }

  #releaseAll(remotes: readonly Remote[]): void {
    for (const remote of remotes) this.release(remote);
  }

  #send(message: PbMessage<Encodable>, lane: Lane): void {
    this.#write(writePbMessage(message), lane);
  }

  #write(element: Encodable, lane: Lane): void {
    this.#options.send(encodeElement(element, this.#decoder.dialect, this.#limits), lane);
  }
}

/** Some peers send plain text instead of a failure. */
function toFailure(value: JellyValue): Failure {
  if (value instanceof Failure) return value;
  return new Failure({ type: "unknown", message: typeof value === "string" ? value : "" });
}
