// Passwords in files of their own, and warnings about their permissions.
import { statSync } from "node:fs";
import { readRegularFile } from "../../config/index.ts";
import { masterErrors } from "../errors.ts";

/** Passwords are shorter; secrets may be keys. */
const LIMIT_BYTES = 16 * 1024;
/** Everybody but the owner. */
const OTHERS = 0o077;

export type Secret = { readonly text: string } | { readonly fault: string };

/** The only line of the file at `path`. */
export function readPassword(path: string): Secret {
  const secret = readSecret(path);
  if ("fault" in secret) return secret;
  const { text } = secret;
  return /[\n\0]/.test(text) ? { fault: `${path} has more than one line; expected only the password` } : { text };
}

/** The text of the file at `path`, without the newline at its end. */
export function readSecret(path: string): Secret {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok) return { fault: `${path} cannot be read: ${reading.reason}` };
  const text = reading.text.replace(/\r?\n$/, "");
  return text === "" ? { fault: `${path} contains no password` } : { text };
}

/** The same for a command. Throws ERR_CONFIG_FILE. */
export function readPlainSecret(path: string): string {
  const secret = readPassword(path);
  if ("fault" in secret) throw masterErrors.configFile(path, secret.fault.slice(path.length).trim());
  return secret.text;
}

/** Warns if users other than the owner can read or change the file. */
export function warnIfExposed(path: string, warn: (sentence: string) => void): void {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & OTHERS) === 0) return;
  warn(`${path} contains passwords, and other users can read or change it (mode ${mode.toString(8)}); run chmod 600`);
}
