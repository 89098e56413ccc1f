// A Python file as its reader sees it: where it is, its text, and how an error names a place in it.
import { configErrors } from "../errors.ts";

/** Longest file that is read at all; what create-worker writes has about 2 KiB. */
export const SOURCE_LIMIT_CHARS = 262_144;

export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What to do about a line that both programs should understand and only Python does. */
const CURE = "write the values out, or let 'buildhand tac import BASEDIR' work them out with Python";

/** The text with Python's universal newlines and without a byte order mark; refuses one longer than the limit. */
export function pythonSource(path: string, text: string): Source {
  if (text.length > SOURCE_LIMIT_CHARS) {
    refuse({ path }, 1, `a worker's settings have at most ${SOURCE_LIMIT_CHARS} characters, this file has more`);
  }
  return { path, text: text.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n") };
}

/** Throws the usage error for `line`, counted from 1. `reason` quotes nothing of the file that could be a password. */
export function refuse(source: { readonly path: string }, line: number, reason: string): never {
  throw configErrors.tacSyntax(source.path, line, reason);
}

/** The same for what is sound and cannot be read here; `cure` says how to write it so that it can. */
export function refuseUnread(source: { readonly path: string }, line: number, reason: string, cure = CURE): never {
  refuse(source, line, `${reason}; ${cure}`);
}
