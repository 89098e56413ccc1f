// The one table of errors: a stable code, who must act, and a sentence that says what was expected, what was got
// and what to do. Whatever is thrown and is not a WorkerError is a bug of ours.

/**
 * Who must act on an error: `usage` – the person at the command line; `protocol` – this connection is closed and made
 * anew; `connection` – retried with a growing delay; `remote` – reported to the peer, or by it, as a failure.
 */
export type ErrorFamily = "usage" | "protocol" | "connection" | "remote";

export class WorkerError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;

  constructor(code: string, family: ErrorFamily, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "WorkerError";
    this.code = code;
    this.family = family;
  }
}

/** One row of the table: call it for an error, ask `is` whether some caught value came from it. */
export interface ErrorDefinition<Details extends unknown[]> {
  (...details: Details): WorkerError;
  readonly code: string;
  readonly family: ErrorFamily;
  is(error: unknown): error is WorkerError;
  /** The same error with what led to it. */
  from(cause: unknown, ...details: Details): WorkerError;
}

function define<Details extends unknown[]>(
  code: string,
  family: ErrorFamily,
  sentence: (...details: Details) => string,
): ErrorDefinition<Details> {
  const make = (...details: Details) => new WorkerError(code, family, sentence(...details));
  return Object.assign(make, {
    code,
    family,
    is: (error: unknown): error is WorkerError => error instanceof WorkerError && error.code === code,
    from: (cause: unknown, ...details: Details) => new WorkerError(code, family, sentence(...details), { cause }),
  });
}

export const errors = {
  // wire: what a peer may not send, and what we may not
  bananaLimit: define(
    "ERR_BANANA_LIMIT",
    "protocol",
    (what: string, size: number, limit: number) => `${what} of ${size} exceeds the limit of ${limit}`,
  ),
  bananaSyntax: define(
    "ERR_BANANA_SYNTAX",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}; the peer does not speak Perspective Broker`,
  ),
  jellyRefused: define("ERR_JELLY_REFUSED", "remote", (what: string) => what),
  jellyUnsendable: define("ERR_JELLY_UNSENDABLE", "remote", (what: string) => `cannot send ${what}`),
  pbMessage: define(
    "ERR_PB_MESSAGE",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}`,
  ),
} as const;

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
