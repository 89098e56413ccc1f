// The environment that this process was given, byte for byte. Node decodes it as UTF-8 and so loses what is none; the
// kernel has it still. Only Linux has, elsewhere it is as Node gives it.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type SystemText, systemText } from "../../base/encoding/system-text.ts";
import { namePattern } from "../../base/name-pattern.ts";

/** What systemd tells a service about itself: a build that had it could speak for the worker, or read its credentials. */
const SERVICE_VARIABLES = [
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "CREDENTIALS_DIRECTORY",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
  "LISTEN_PID",
  "LISTEN_PIDFDID",
];

export type Environment = Readonly<Record<SystemText, SystemText | undefined>>;

const EQUALS = 0x3d;

/** Buildbot's masters give the password to a container in this variable. */
const PASSWORD_VARIABLE = "WORKERPASS";

/** Patterns of further names, as Buildbot's own container image takes them. */
const PATTERNS_VARIABLE = "WORKER_ENVIRONMENT_BLACKLIST";

/**
 * The inherited environment without secrets, for commands and masters: without `passwordVariables` and WORKERPASS, each
 * with and without `_FILE` at its end, without what systemd tells a service, and without what WORKER_ENVIRONMENT_BLACKLIST
 * matches. They are removed from `process.env` too, for all other children. The kernel still shows the original
 * environment in /proc/PID/environ.
 */
export function takeEnvironment(passwordVariables: readonly string[] = []): Environment {
  const patterns = (process.env[PATTERNS_VARIABLE] ?? "").split(/\s+/).map(namePattern);
  const withoutSuffix = (name: string) => name.replace(/_FILE$/, "");
  const secrets = new Set(
    [...passwordVariables, ...SERVICE_VARIABLES, PASSWORD_VARIABLE, PATTERNS_VARIABLE].map(withoutSuffix),
  );
  const isSecret = (name: string) => secrets.has(withoutSuffix(name)) || patterns.some((matches) => matches(name));
  const environment = Object.entries(inheritedEnvironment()).filter(([name]) => !isSecret(name));
  for (const name of Object.keys(process.env).filter(isSecret)) delete process.env[name];
  return Object.fromEntries(environment);
}

/** As it is in `known`, which is Node's, with what `initial`, its bytes at the start, has of other bytes. */
export function inheritedEnvironment(known: Environment = process.env, initial = initialEnvironment()): Environment {
  const variables = new Map(Object.entries(known));
  for (const { name, value } of rawVariables(initial)) {
    const decoded = name.toString();
    // Otherwise it was changed since.
    if (variables.get(decoded) !== value.toString()) continue;
    if (!isUtf8(name)) variables.delete(decoded);
    variables.set(systemText(name), systemText(value));
  }
  return Object.fromEntries(variables);
}

interface RawVariable {
  readonly name: Buffer;
  readonly value: Buffer;
}

function* rawVariables(environ: Buffer): Generator<RawVariable> {
  if (isUtf8(environ)) return;
  for (let start = 0; start < environ.length; ) {
    const found = environ.indexOf(0, start);
    const end = found < 0 ? environ.length : found;
    const variable = environ.subarray(start, end);
    const equals = variable.indexOf(EQUALS);
    if (equals > 0 && !isUtf8(variable)) {
      yield { name: variable.subarray(0, equals), value: variable.subarray(equals + 1) };
    }
    start = end + 1;
  }
}

function initialEnvironment(): Buffer {
  try {
    return readFileSync("/proc/self/environ");
  } catch {
    return Buffer.alloc(0); // another system, or one without /proc: then Node's text must do
  }
}
