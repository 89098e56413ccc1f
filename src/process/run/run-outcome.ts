// How a run of a program ends, as a value. Knows how the system tells it, not how a run is made.
import { existsSync } from "node:fs";
import { systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";
import { errorText, type WorkerError } from "../../base/errors.ts";
import { processErrors } from "../errors.ts";
import { type ListedProcess, type SignalName, signalNumber } from "../tree/index.ts";

/** Why a caller ends a run: it printed more than it may, or is not wanted any more. */
export type InterruptReason = "output-limit" | "interrupted";

/** Why we ended a run; the first reason stays. */
export type KillReason = "idle-timeout" | "max-time" | InterruptReason;

export type RunEnd =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signaled"; readonly signal: SignalName; readonly signalNumber: number }
  /** It was never started. */
  | { readonly type: "start-failed"; readonly error: WorkerError }
  /** It did not go for this signal and was given up; it may run still. */
  | { readonly type: "survived"; readonly signal: SignalName };

export type RunOutcome = RunEnd & {
  readonly killedFor: KillReason | undefined;
  /** Left out when there is none. What could not be killed, or, of a run that ended by itself, what is kept. */
  readonly leftRunning?: readonly ListedProcess[];
  /** Left out when there is none. What a run that ended by itself had left and was killed, as its request says. */
  readonly leftKilled?: readonly ListedProcess[];
  /** Who had its output open, as far as we may see, when that was not waited for any longer. Otherwise left out. */
  readonly outputHeldBy?: readonly ListedProcess[];
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
  // Node's own text would quote the word, which may be one that is hidden.
  ERR_INVALID_ARG_VALUE: "its arguments, environment or directory hold a NUL byte, which the system cannot take",
  ENOENT: "no such program, or the interpreter its first line names is missing",
  EACCES: "permission denied",
  E2BIG: "its arguments and environment are too long",
  ENOEXEC: "it is not a program for this system",
  EMFILE: "the worker has as many files open as it may (ulimit -n)",
  ENFILE: "the system has as many files open as it may (fs.file-max)",
  EAGAIN: "there are as many processes as there may be (ulimit -u, pids.max)",
};
