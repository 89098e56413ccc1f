// The inherited environment of this process, byte for byte. Node decodes it as UTF-8 and loses other bytes; Linux still
// provides them in /proc/self/environ. On other systems this is Node's environment.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type SystemText, systemText } from "../../base/encoding/system-text.ts";
import { type NameTest, namePattern } from "../../base/name-pattern.ts";
import { systemRules } from "../../base/system-rules.ts";

/** Variables of systemd for a service: with them a build could notify systemd for the worker, or read its credentials. */
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

/** Buildbot's masters pass the password to a container in this variable. */
const PASSWORD_VARIABLE = "WORKERPASS";

/** Patterns of more names, as in Buildbot's own container image. */
const PATTERNS_VARIABLE = "WORKER_ENVIRONMENT_BLACKLIST";

/** Patterns of names, separated by spaces or commas. */
export interface EnvironmentRules {
  readonly env_hide: string;
  /** Names that stay in spite of all patterns. */
  readonly env_keep: string;
}

/**
 * The inherited environment without secrets, for commands and masters: without `passwordVariables` and WORKERPASS, each
 * with and without the suffix `_FILE`, without systemd's variables for services, and without those that match
 * WORKER_ENVIRONMENT_BLACKLIST. They are removed from `process.env` too, for all other children. The kernel still shows
 * the original environment in /proc/PID/environ. Variables that `rules` hide stay in `process.env`: the worker itself may
 * need them.
 */
export function takeEnvironment(passwordVariables: readonly string[], rules: EnvironmentRules): Environment {
  const isListed = anyPattern(process.env[PATTERNS_VARIABLE] ?? "");
  const isHidden = anyPattern(rules.env_hide);
  const isKept = anyPattern(rules.env_keep);
  const withoutSuffix = (name: string) => systemRules.variableName(name).replace(/_FILE$/, "");
  const secrets = new Set(
    [...passwordVariables, ...SERVICE_VARIABLES, PASSWORD_VARIABLE, PATTERNS_VARIABLE].map(withoutSuffix),
  );
  const isSecret = (name: string) => secrets.has(withoutSuffix(name)) || (isListed(name) && !isKept(name));
  const environment = Object.entries(inheritedEnvironment()).filter(
    ([name]) => !isSecret(name) && (!isHidden(name) || isKept(name)),
  );
  for (const name of Object.keys(process.env).filter(isSecret)) delete process.env[name];
  return Object.fromEntries(environment.map(([name, value]) => [systemRules.variableName(name), value]));
}

function anyPattern(patterns: string): NameTest {
  const tests = patterns.split(/[\s,]+/).map(namePattern);
  return (name) => tests.some((matches) => matches(name));
}

/** Node's environment (`known`), with the variables of `initial`, its bytes at the start, that are not UTF-8. */
export function inheritedEnvironment(known: Environment = process.env, initial = initialEnvironment()): Environment {
  const variables = new Map(Object.entries(known));
  for (const { name, value } of rawVariables(initial)) {
    const decoded = name.toString();
    // Otherwise the variable has changed since the start.
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
    return Buffer.alloc(0); // another system, or no /proc: use Node's text
  }
}
