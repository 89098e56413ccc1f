// Converts exceptions of commands to failures for the master.
import { errorText, WorkerError } from "../base/errors.ts";
import { osErrorFailure } from "./os-error.ts";
import type { CommandFailure } from "./peer.ts";

/** Node's code for a path with a NUL; its own message would confuse users. */
const NULL_IN_PATH = "ERR_INVALID_ARG_VALUE";

/** Our errors, Node's and the system's have a code; any other is a bug. */
export function isBug(error: Error): boolean {
  return !("code" in error);
}

/**
 * Our errors keep their Python class, system errors get theirs, a path with a NUL is a ValueError, the rest is a
 * RuntimeError.
 */
export function failureOfError(error: unknown): CommandFailure {
  if (error instanceof WorkerError) return { type: error.remoteType, message: error.message };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const failed = osErrorFailure(error);
  if (failed !== undefined) return failed;
  if (code === NULL_IN_PATH) return { type: "builtins.ValueError", message: "embedded null byte" };
  return { type: "builtins.RuntimeError", message: errorText(error) };
}
