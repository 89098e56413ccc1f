// Errors of ours ⇄ failures on the wire.

import { WorkerError } from "../../base/errors.ts";
import { Failure } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";

const bases = ["builtins.Exception", "builtins.BaseException", "builtins.object"];
/** Masters test for this class by its name among the parents. */
const pbErrorSubclasses = ["buildbot_worker.base.UnknownCommand"];

/** What the peer is told of an error that a method of ours threw. */
export function failureOf(error: unknown, side: "worker" | "master"): Failure {
  if (error instanceof WorkerError) return failureOfType(error.remoteType, error.message);
  return failureOfType("builtins.RuntimeError", `internal error of the ${side}: ${errorName(error)}`);
}

/** Characters of a failure's text: it may quote what the peer sent, and must fit into one string. */
const LONGEST_TEXT = 65_536;

/** A failure that a Twisted peer can read, and that can be sent for sure. */
export function failureOfType(type: string, text: string): Failure {
  const message = text.slice(0, LONGEST_TEXT).toWellFormed();
  const pbError = pbErrorSubclasses.includes(type) ? ["twisted.spread.pb.Error"] : [];
  return new Failure({ type, message, parents: [type, ...pbError, ...bases.filter((base) => base !== type)] });
}

/** What a caller of ours catches when the peer answered with a failure; the failure is its cause. */
export function errorOfFailure(method: string, failure: Failure): WorkerError {
  return sessionErrors.remoteFailure.from(failure, method, failure.type, failure.message);
}

/** The peer's failure behind a caught error, if that is what it is. */
export function remoteFailureOf(error: unknown): Failure | undefined {
  return error instanceof WorkerError && error.cause instanceof Failure ? error.cause : undefined;
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
