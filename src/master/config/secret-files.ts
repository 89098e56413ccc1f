// Passwords that stand in files of their own, and who else could read them.
import { statSync } from "node:fs";
import { readRegularFile } from "../../config/index.ts";

/** Longer ones no worker sends. */
const LIMIT_BYTES = 4096;
/** Everybody but the owner. */
const OTHERS = 0o077;

export type Secret = { readonly text: string } | { readonly fault: string };

/** The first and only line of the file at `path`. */
export function readSecret(path: string): Secret {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok) return { fault: `${path} cannot be read: ${reading.reason}` };
  const text = reading.text.replace(/\r?\n$/, "");
  if (text === "") return { fault: `${path} has no password in it` };
  return /[\n\0]/.test(text) ? { fault: `${path} has more than one line; expected the password alone` } : { text };
}

/** Warns if others than its owner may read or change the file. */
export function warnIfExposed(path: string, warn: (sentence: string) => void): void {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & OTHERS) === 0) return;
  warn(`${path} has passwords, and others may read or change it (mode ${mode.toString(8)}); chmod 600 it`);
}
