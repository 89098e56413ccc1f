// Why the machinery of a command broke, in the terms that a master shows.
import { errorText, WorkerError } from "../base/errors.ts";
import { osErrorFailure } from "./os-error.ts";
import type { CommandFailure } from "./peer.ts";

/** Node's code for a path that no system call takes; its text would show people a call they never made. */
const NULL_IN_PATH = "ERR_INVALID_ARG_VALUE";

/** Errors of ours, of Node and of the system have a code; the stack of any other is worth a report. */
export function isBug(error: Error): boolean {
  return !("code" in error);
}

/**
 * An error of ours keeps its Python class, one of the system gets its own, a path with a NUL is a
 * ValueError, the rest is a bug.
 */
export function failureOfError(error: unknown): CommandFailure {
  if (error instanceof WorkerError) return { type: error.remoteType, message: error.message };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const failed = osErrorFailure(error);
  if (failed !== undefined) return failed;
  if (code === NULL_IN_PATH) return { type: "builtins.ValueError", message: "embedded null byte" };
  return { type: "builtins.RuntimeError", message: errorText(error) };
}
