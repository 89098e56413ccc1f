// The outcome of a run as a value.
import { existsSync } from "node:fs";
import { systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";
import { errorText, type WorkerError } from "../../base/errors.ts";
import { processErrors } from "../errors.ts";
import { type ListedProcess, type SignalName, signalNumber } from "../tree/index.ts";

/** Why a caller ends a run: it printed too much, or is not wanted any more. */
export type InterruptReason = "output-limit" | "interrupted";

/** Why we killed a run; the first reason counts. */
export type KillReason = "idle-timeout" | "max-time" | InterruptReason;

export type RunEnd =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signaled"; readonly signal: SignalName; readonly signalNumber: number }
  /** It was never started. */
  | { readonly type: "start-failed"; readonly error: WorkerError }
  /** It did not end after this signal and was abandoned; it may still run. */
  | { readonly type: "survived"; readonly signal: SignalName };

export type RunOutcome = RunEnd & {
  readonly killedFor: KillReason | undefined;
  /** Processes that could not be killed or, if the run ended by itself, are kept. Omitted if there are none. */
  readonly leftRunning?: readonly ListedProcess[];
  /** Leftover processes that were killed after the run ended by itself. Omitted if there are none. */
  readonly leftKilled?: readonly ListedProcess[];
  /** Processes that had its output open, as far as we can see, when we stopped waiting. Otherwise omitted. */
  readonly outputHeldBy?: readonly ListedProcess[];
  /** Which processes may have survived unseen, in a sentence. Omitted if nothing was killed, or all can be seen. */
  readonly unseen?: string;
};

/** The end of a child that was reaped, from the arguments of Node's `exit` event. */
export function endOfChild(code: number | null, signal: SignalName | null): RunEnd {
  if (signal !== null) return { type: "signaled", signal, signalNumber: signalNumber(signal) };
  return { type: "exited", code: code ?? 0 };
}

/** The end of a run that `spawn` refused with `cause`. */
export function endWithoutStart(cause: unknown, program: string, cwd: string): RunEnd {
  const known = REASONS[errorCode(cause) ?? ""];
  const reason =
    existsSync(systemPath(cwd)) || cwd.includes("\0") ? (known ?? errorText(cause)) : `there is no directory ${cwd}`;
  return { type: "start-failed", error: processErrors.programNotStarted.from(cause, program, reason) };
}

const REASONS: Readonly<Record<string, string>> = {
  // Node's own text would quote the argument, which may be secret.
  ERR_INVALID_ARG_VALUE: "its arguments, environment or directory contain a NUL byte",
  ENOENT: "no such program, or the interpreter in its first line is missing",
  EACCES: "permission denied",
  E2BIG: "its arguments and environment are too long",
  ENOEXEC: "it is not a program for this system",
  EMFILE: "the worker has too many open files (ulimit -n)",
  ENFILE: "the system has too many open files (fs.file-max)",
  EAGAIN: "there are too many processes (ulimit -u, pids.max)",
};
