// Reads a worker's password from a file or a credential of the service manager, so that it is not in the process list.
import { join } from "node:path";
import { configErrors } from "./errors.ts";
import { readRegularFile } from "./regular-file.ts";

export const PASSWORD_LIMIT_BYTES = 4096;

/** The name of the credential, as in `LoadCredential=buildhand-password:FILE` of systemd. */
export const PASSWORD_CREDENTIAL = "buildhand-password";

/** The password is `text` without the final newline. Throws ERR_PASSWORD, which never contains it. */
export function passwordIn(text: string, where: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw configErrors.password(where, "it is empty");
  if (/[\n\r]/.test(password)) throw configErrors.password(where, "expected one line, got several");
  if (password.includes("\0")) throw configErrors.password(where, "it contains a NUL character");
  return password;
}

/** Reads the password from a regular file. Throws ERR_PASSWORD. */
export function passwordFromFile(path: string): string {
  const reading = readRegularFile(path, PASSWORD_LIMIT_BYTES);
  if (!reading.ok) throw configErrors.password(path, reading.reason);
  return passwordIn(reading.text, path);
}

/** The path of the credential; undefined if the service manager gave this process none. */
export function credentialPath({ CREDENTIALS_DIRECTORY: directory }: NodeJS.ProcessEnv): string | undefined {
  return directory ? join(directory, PASSWORD_CREDENTIAL) : undefined;
}
