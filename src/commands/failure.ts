// Why the machinery of a command broke, in the terms that a master shows.
import { errorText, WorkerError } from "../base/errors.ts";
import type { CommandFailure } from "../session/peer.ts";

/** Node's codes for arguments that no system call takes, such as a path with a NUL. */
const invalidValues = ["ERR_INVALID_ARG_VALUE", "ERR_INVALID_ARG_TYPE"];

/** An error of ours keeps its Python class, an argument the system cannot take is a ValueError, the rest is a bug. */
export function failureOfError(error: unknown): CommandFailure {
  if (error instanceof WorkerError) return { type: error.remoteType, message: error.message };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return {
    type: invalidValues.includes(code) ? "builtins.ValueError" : "builtins.RuntimeError",
    message: errorText(error),
  };
}
