// Rows of the error tables: a stable code, a family that says who must act, and a sentence that says what was expected,
// what was found and what to do. Each layer has a table in its own errors.ts; the rows here are shared. Anything else
// that is thrown is a bug in our code.
import type { TroubleCode } from "./trouble-code.ts";

/**
 * Who must act on an error: `usage` – the person at the command line; `protocol` – the connection is closed and the
 * worker reconnects; `connection` – retried with a growing delay; `remote` – reported to the peer, or by it, as a
 * failure.
 */
export type ErrorFamily = "usage" | "protocol" | "connection" | "remote";

interface ErrorRow {
  readonly code: string;
  readonly family: ErrorFamily;
  /** Default: Python's `Exception`. */
  readonly remoteType?: string;
  /** The trouble behind errors of this row, unless the code that throws one sets a more specific one. */
  readonly trouble?: TroubleCode | ((cause: unknown) => TroubleCode);
}

export class WorkerError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  /** The Python exception class of this error on the wire. */
  readonly remoteType: string;
  readonly #row: ErrorRow;
  #trouble: TroubleCode | undefined;
  #exitCode: number | undefined;

  constructor(row: ErrorRow, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "WorkerError";
    this.code = row.code;
    this.family = row.family;
    this.remoteType = row.remoteType ?? "builtins.Exception";
    this.#row = row;
  }

  /** The row of docs/reference/troubles.md; undefined if nothing on this host can fix it. */
  get trouble(): TroubleCode | undefined {
    const { trouble } = this.#row;
    return this.#trouble ?? (typeof trouble === "function" ? trouble(this.cause) : trouble);
  }

  /** The exit code of the program; undefined if it follows from the family. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  withExitCode(code: number): this {
    this.#exitCode = code;
    return this;
  }

  /** Sets a more specific trouble than that of the row. */
  withTrouble(trouble: TroubleCode | undefined): this {
    this.#trouble = trouble;
    return this;
  }
}

/** One row of a table: call it to create an error; `is` says whether a caught value came from it. */
export interface ErrorDefinition<Details extends unknown[]> {
  (...details: Details): WorkerError;
  readonly code: string;
  readonly family: ErrorFamily;
  readonly is: (error: unknown) => error is WorkerError;
  /** The same error with its cause. */
  from(cause: unknown, ...details: Details): WorkerError;
}

export function define<Details extends unknown[]>(
  code: string,
  family: ErrorFamily,
  sentence: (...details: Details) => string,
  more: Pick<ErrorRow, "remoteType" | "trouble"> = {},
): ErrorDefinition<Details> {
  const row = { code, family, ...more };
  const make = (...details: Details) => new WorkerError(row, sentence(...details));
  return Object.assign(make, {
    code,
    family,
    is: (error: unknown): error is WorkerError => error instanceof WorkerError && error.code === code,
    from: (cause: unknown, ...details: Details) => new WorkerError(row, sentence(...details), { cause }),
  });
}

export const baseErrors = {
  usage: define("ERR_USAGE", "usage", (sentence: string) => sentence),
  basedir: define("ERR_BASEDIR", "usage", (what: string, reason: string) => `${what}: ${reason}`, {
    trouble: "basedir-not-made",
  }),
  sessionLimit: define(
    "ERR_SESSION_LIMIT",
    "protocol",
    (what: string, limit: number) => `the peer has more ${what} than the limit of ${limit}`,
  ),
  badArguments: define(
    "ERR_BAD_ARGUMENTS",
    "remote",
    (method: string, expected: string, got: string) => `${method}: expected ${expected}, got ${got}`,
    { remoteType: "builtins.TypeError" },
  ),
} as const;

/** The message of any thrown value. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same with the stack, for bugs. */
export function stackText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A line that names the trouble behind an error; undefined if it has none. */
export function advice(error: unknown, baseDirectory = "BASEDIR"): string | undefined {
  if (!(error instanceof WorkerError) || error.trouble === undefined) return undefined;
  return `what to do: ${error.trouble} in docs/reference/troubles.md, or run buildhand doctor ${baseDirectory}`;
}
