// A worker's password from where no list of processes shows it: a file, or a credential of the service manager.
import { join } from "node:path";
import { configErrors } from "./errors.ts";
import { readRegularFile } from "./regular-file.ts";

export const PASSWORD_LIMIT_BYTES = 4096;

/** The name of the credential, as in `LoadCredential=buildhand-password:FILE` of systemd. */
export const PASSWORD_CREDENTIAL = "buildhand-password";

/** The password that is the whole of `text`, but for a newline at its end. Throws ERR_PASSWORD, which never repeats it. */
export function passwordIn(text: string, where: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw configErrors.password(where, "it is empty");
  if (/[\n\r]/.test(password)) throw configErrors.password(where, "expected one line, got several");
  if (password.includes("\0")) throw configErrors.password(where, "it holds a NUL character");
  return password;
}

/** The password that a regular file holds. Throws ERR_PASSWORD. */
export function passwordFromFile(path: string): string {
  const reading = readRegularFile(path, PASSWORD_LIMIT_BYTES);
  if (!reading.ok) throw configErrors.password(path, reading.reason);
  return passwordIn(reading.text, path);
}

/** Where the service manager puts the credential; undefined when this process was given no credentials. */
export function credentialPath({ CREDENTIALS_DIRECTORY: directory }: NodeJS.ProcessEnv): string | undefined {
  return directory ? join(directory, PASSWORD_CREDENTIAL) : undefined;
}
