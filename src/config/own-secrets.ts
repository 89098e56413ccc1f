// The secrets that a worker's process knows from its settings and its environment.
import { KnownSecrets } from "../base/known-secrets.ts";
import { passwordsInUrls, SECRET_NAME } from "../base/secret-text.ts";
import { readRegularFile } from "./regular-file.ts";
import type { TacSettings } from "./tac-settings.ts";

/** Larger files are not read. */
const SECRET_FILE_LIMIT_BYTES = 64 * 1024;

/** The keyword of an endpoint string; a colon in its value is escaped. */
const PASSWORD_KEYWORD = /:password=((?:\\.|[^\\:])*)/g;

type KnownSettings = Pick<TacSettings, "password" | "passwordVariables" | "workerName"> &
  Partial<Pick<TacSettings, "connectionString" | "proxyConnectionString">>;

/**
 * The passwords of the workers and of their proxies, the contents of files named by variables such as WORKERPASS_FILE and
 * API_TOKEN_FILE, and the passwords in URLs of the environment. A password that is the name of its worker is none.
 */
export function ownSecrets(
  workers: readonly KnownSettings[],
  environment: Readonly<Record<string, string | undefined>>,
): KnownSecrets {
  const variables = new Set(workers.flatMap(({ passwordVariables }) => passwordVariables));
  return new KnownSecrets([
    ...workers.flatMap(({ password, workerName }) => (password === workerName ? [] : [password])),
    ...workers.flatMap(({ connectionString, proxyConnectionString }) =>
      [connectionString, proxyConnectionString].flatMap((text) => passwordsInEndpoint(text ?? "")),
    ),
    ...Object.entries(environment).flatMap(([name, value = ""]) => {
      const isFile =
        name.endsWith("_FILE") && (variables.has(name) || SECRET_NAME.test(name.slice(0, -"_FILE".length)));
      if (isFile) return textsInFile(value);
      // The scheme of a proxy may be missing.
      return passwordsInUrls(/proxy$/i.test(name) && !value.includes("//") ? `//${value}` : value);
    }),
  ]);
}

function passwordsInEndpoint(text: string): readonly string[] {
  return [...text.matchAll(PASSWORD_KEYWORD)].flatMap(([, password = ""]) => [
    password,
    password.replaceAll(/\\(.)/g, "$1"),
  ]);
}

/** The whole text, and each of its lines. */
function textsInFile(path: string): readonly string[] {
  const reading = path === "" ? undefined : readRegularFile(path, SECRET_FILE_LIMIT_BYTES);
  if (reading?.ok !== true) return [];
  return [reading.text.trim(), ...reading.text.split(/\r?\n/).map((line) => line.trim())];
}
