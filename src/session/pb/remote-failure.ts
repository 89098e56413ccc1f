// Our errors ⇄ failures on the wire.

import { WorkerError } from "../../base/errors.ts";
import { Failure } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";

const bases = ["builtins.Exception", "builtins.BaseException", "builtins.object"];
/** Masters test for this class by its name among the parents. */
const pbErrorSubclasses = ["buildbot_worker.base.UnknownCommand"];

/** The failure that the peer gets for an error thrown by our method. */
export function failureOf(error: unknown, side: "worker" | "master"): Failure {
  if (error instanceof WorkerError) return failureOfType(error.remoteType, error.message);
  return failureOfType("builtins.RuntimeError", `internal error of the ${side}: ${errorName(error)}`);
}

/** Characters of a failure's text, which may quote the peer and must fit into one string. */
const TEXT_LIMIT = 65_536;

/** A failure that a Twisted peer can read and that can always be sent. */
export function failureOfType(type: string, text: string): Failure {
  const message = text.slice(0, TEXT_LIMIT).toWellFormed();
  const pbError = pbErrorSubclasses.includes(type) ? ["twisted.spread.pb.Error"] : [];
  return new Failure({ type, message, parents: [type, ...pbError, ...bases.filter((base) => base !== type)] });
}

/** The error that our caller gets when the peer answers with a failure, which is its cause. */
export function errorOfFailure(method: string, failure: Failure): WorkerError {
  return sessionErrors.remoteFailure.from(failure, method, failure.type, failure.message);
}

/** The peer's failure behind a caught error, if there is one. */
export function remoteFailureOf(error: unknown): Failure | undefined {
  return error instanceof WorkerError && error.cause instanceof Failure ? error.cause : undefined;
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
