// A Python file: its path, its text, and errors with a line.
import { configErrors } from "../errors.ts";

/** Length limit of a file. create-worker writes about 2 KiB. */
export const SOURCE_LIMIT_CHARS = 262_144;

export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The advice for a line that is valid, but requires Python. */
const CURE = "write plain values, or let 'buildhand tac import BASEDIR' compute them with Python";

/** Normalizes newlines and removes a byte order mark. Throws a usage error for a text beyond the limit. */
export function pythonSource(path: string, text: string): Source {
  if (text.length > SOURCE_LIMIT_CHARS) {
    refuse({ path }, 1, `the file is longer than ${SOURCE_LIMIT_CHARS} characters`);
  }
  return { path, text: text.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n") };
}

/** Throws the usage error for `line`, counted from 1. `reason` must not contain text of the file that may be a password. */
export function refuse(source: { readonly path: string }, line: number, reason: string): never {
  throw configErrors.tacSyntax(source.path, line, reason);
}

/** The same for what is valid but requires Python; `cure` says how to rewrite it. */
export function refuseUnread(source: { readonly path: string }, line: number, reason: string, cure = CURE): never {
  refuse(source, line, `${reason}; ${cure}`);
}
