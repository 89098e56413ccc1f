// The settings of a worker without a buildbot.tac: environment variables with the names of Buildbot's container image. Each
// may be in a file instead, whose path is in NAME_FILE, which takes precedence.
import { configErrors } from "./errors.ts";
import { credentialPath, passwordFromFile } from "./password-file.ts";
import { readRegularFile } from "./regular-file.ts";

/** The values in the format of create-worker's arguments. */
export interface EnvironmentSettings {
  /** HOST or HOST:PORT. */
  readonly master: string;
  readonly protocol: string | undefined;
  readonly name: string;
  readonly password: string;
  readonly basedir: string | undefined;
  /** Options of create-worker, separated by spaces. */
  readonly options: string;
  /** Patterns of variables that builds do not get. */
  readonly hidden: string | undefined;
  /** Further variables with a password or its path. */
  readonly passwordVariables: readonly string[];
}

const FILE_LIMIT_BYTES = 64 * 1024;

/** Undefined without a master or without a password. Throws ERR_PASSWORD and ERR_TAC_SETTING. */
export function environmentSettings(environment: NodeJS.ProcessEnv): EnvironmentSettings | undefined {
  const textOf = (name: string) => textInFile(name, environment[`${name}_FILE`]) ?? (environment[name] || undefined);
  const host = textOf("BUILDMASTER");
  if (host === undefined) return undefined;
  const credential = credentialPath(environment);
  const password = passwordOf(environment, credential);
  if (password === undefined) return undefined;
  const port = textOf("BUILDMASTER_PORT");
  const options = textOf("BUILDHAND_OPTIONS") ?? "";
  return {
    master: port === undefined ? bracketed(host) : `${bracketed(host)}:${port}`,
    protocol: textOf("BUILDMASTER_PROTOCOL"),
    name: textOf("WORKERNAME") ?? "docker",
    password,
    basedir: textOf("BUILDBOT_BASEDIR"),
    options,
    hidden: textOf("WORKER_ENVIRONMENT_BLACKLIST"),
    passwordVariables: [
      "WORKERPASS",
      ...(credential === undefined ? [] : ["CREDENTIALS_DIRECTORY"]),
      // A proxy's password.
      ...(options.includes("password=") ? ["BUILDHAND_OPTIONS"] : []),
    ],
  };
}

function passwordOf(
  { WORKERPASS: password, WORKERPASS_FILE: file }: NodeJS.ProcessEnv,
  credential: string | undefined,
): string | undefined {
  if (file) return passwordFromFile(file);
  if (password) return password;
  return credential === undefined ? undefined : passwordFromFile(credential);
}

function textInFile(name: string, path: string | undefined): string | undefined {
  if (!path) return undefined;
  const reading = readRegularFile(path, FILE_LIMIT_BYTES);
  if (!reading.ok) throw configErrors.tacSetting(`${name}_FILE: cannot read ${path}: ${reading.reason}`);
  return reading.text.trim() || undefined;
}

/** Adds the brackets of an IPv6 address. */
function bracketed(host: string): string {
  return /^[^[]*:[^[]*:/.test(host) ? `[${host}]` : host;
}
