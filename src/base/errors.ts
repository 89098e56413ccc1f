// What a row of the tables of errors is: a stable code, who must act, and a sentence that says what was expected, what was
// got and what to do. Each layer has its table in its own errors.ts; here are the rows that several share. Whatever is thrown
// and is not a WorkerError is a bug of ours.
import type { TroubleCode } from "./trouble-code.ts";

/**
 * Who must act on an error: `usage` – the person at the command line; `protocol` – this connection is closed and made
 * anew; `connection` – retried with a growing delay; `remote` – reported to the peer, or by it, as a failure.
 */
export type ErrorFamily = "usage" | "protocol" | "connection" | "remote";

interface ErrorRow {
  readonly code: string;
  readonly family: ErrorFamily;
  /** Default: Python's `Exception`. */
  readonly remoteType?: string;
  /** The trouble behind errors of this row, unless the code that throws one names it more exactly. */
  readonly trouble?: TroubleCode | ((cause: unknown) => TroubleCode);
}

export class WorkerError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  /** The Python exception class that a Buildbot master knows this error by, when it crosses the wire. */
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

  /** The row of docs/troubleshooting.md; undefined for what nobody at this host can do anything about. */
  get trouble(): TroubleCode | undefined {
    const { trouble } = this.#row;
    return this.#trouble ?? (typeof trouble === "function" ? trouble(this.cause) : trouble);
  }

  /** What the program ends with; undefined where the family of the error says that. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  withExitCode(code: number): this {
    this.#exitCode = code;
    return this;
  }

  /** This error, with what is wrong more exactly than its code tells. */
  withTrouble(trouble: TroubleCode | undefined): this {
    this.#trouble = trouble;
    return this;
  }
}

/** One row of the table: call it for an error, ask `is` whether some caught value came from it. */
export interface ErrorDefinition<Details extends unknown[]> {
  (...details: Details): WorkerError;
  readonly code: string;
  readonly family: ErrorFamily;
  readonly is: (error: unknown) => error is WorkerError;
  /** The same error with what led to it. */
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

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same with where it was thrown, for what is a bug. */
export function stackText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The line that names the trouble behind an error; undefined when there is none to name. */
export function advice(error: unknown, baseDirectory = "BASEDIR"): string | undefined {
  if (!(error instanceof WorkerError) || error.trouble === undefined) return undefined;
  return `what to do: ${error.trouble} in docs/troubleshooting.md, or run buildhand doctor ${baseDirectory}`;
}
