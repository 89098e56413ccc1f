// The unit for a base directory: what the command line, its owner and its buildbot.tac make of it. Nothing is written.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { baseErrors, WorkerError } from "../../base/errors.ts";
import {
  commandLineSource,
  longName,
  type OptionSource,
  type OwnOptions,
  ownOptionNames,
  ownOptions,
  readTac,
  readTacFile,
  type TacFile,
} from "../../config/index.ts";
import { cliErrors } from "../errors.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { thisProgram } from "../relaunch.ts";
import { directoryArgument } from "../worker-directory.ts";
import { firstLine } from "./systemd.ts";
import { escapedPath, unitPath, unitText, unitWord } from "./unit.ts";

/** The system takes 255, with room for what else is in the name. */
const NAME_LIMIT_CHARS = 200;
const PASSWORD_CREDENTIAL = "workerpass";
/** Options that become a line of the unit: its key, what may stand there, and that for a sentence. */
const LIMITS = {
  "memory-max": ["MemoryMax", /^(?:\d+[KMGT]?|\d{1,3}%|infinity)$/, "8G, 50% or infinity"],
  "tasks-max": ["TasksMax", /^(?:\d+|\d{1,3}%|infinity)$/, "a number, 50% or infinity"],
  "cpu-quota": ["CPUQuota", /^\d+%$/, "a percentage such as 200%"],
  watchdog: ["WatchdogSec", /^[1-9]\d*$/, "a whole number of seconds"],
} as const;
const HARDENING = ["NoNewPrivileges=yes", "ProtectSystem=full", "PrivateDevices=yes", "PrivateTmp=yes"];
/** What the hardening makes read-only, or hides from the worker. */
const NOT_HARDENED = /^\/(?:usr|boot|efi|etc|tmp|var\/tmp|dev)\//;
const HOMES = /^\/(?:home|root|run\/user)(?:\/|$)/;

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface PlannedUnit {
  readonly basedir: string;
  readonly name: string;
  readonly text: string;
  readonly program: readonly string[];
  /** Undefined for a user's own service. */
  readonly account: Account | undefined;
}

/** `buildhand service print` */
export async function printService(options: ParsedOptions): Promise<number> {
  process.stdout.write(plannedUnit(options).text);
  return 0;
}

/** Throws usage errors, also when the directory is no worker's. */
export function plannedUnit(options: ParsedOptions): PlannedUnit {
  const { flags, values } = options;
  const basedir = directoryArgument(options.rest);
  refuseControlCharacters(basedir);
  const tac = readTacFile(basedir);
  const isUser = flags.has("user");
  const account = accountOf(values.get("account") ?? String(isUser ? process.getuid?.() : statSync(basedir).uid));
  if (isUser && values.has("account"))
    throw baseErrors.usage("--account needs a service of the system, without --user");
  const program = thisProgram();
  const own = startOptions(options, tac, account.uid);
  const text = unitText({
    madeBy: firstLine(basedir),
    description: `Buildbot worker of ${unitPath(basedir)} (Buildhand)`,
    // Quotes and backslashes cannot be written there.
    conditions: isUser || /["'\\]/.test(basedir) ? [] : [`RequiresMountsFor="${unitPath(basedir)}"`],
    program,
    startOptions: own.words,
    directory: unitWord(basedir),
    account: isUser ? undefined : account.name,
    drainLimitSeconds: own.drainLimitSeconds,
    extras: [
      ...credentialLines(options),
      ...limitLines(values),
      ...(flags.has("harden") ? hardening([basedir, account.home, ...program], isUser) : []),
    ],
  });
  return { basedir, name: unitName(values.get("name"), basedir), text, program, account: isUser ? undefined : account };
}

function refuseControlCharacters(path: string): void {
  if (!/[\p{Cc}\ufffd]/u.test(path)) return;
  throw baseErrors.usage(
    `${JSON.stringify(path)} cannot stand in a unit of systemd: expected a path without control characters`,
  );
}

function unitName(given: string | undefined, basedir: string): string {
  if (given !== undefined && !/^[\w:.-]+$/.test(given))
    throw baseErrors.usage(`--name must be letters, digits and :_.- only, got '${given}'`);
  const name = given ?? escapedPath(basedir);
  if (name.length > NAME_LIMIT_CHARS)
    throw baseErrors.usage("the name of the unit is too long: expected a shorter --name");
  return `buildhand-${name}.service`;
}

/** By name or number. */
function accountOf(key: string): Account {
  const { stdout } = spawnSync("getent", ["passwd", "--", key], { encoding: "utf8" });
  const [name, , uid, gid, , home] = (stdout ?? "").trim().split(":");
  if (!name || home === undefined)
    throw cliErrors.service(
      `this host has no user ${key}: expected --account=NAME, or a BASEDIR that belongs to a user`,
    );
  return { name, uid: Number(uid), gid: Number(gid), home };
}

interface StartOptions {
  readonly words: readonly string[];
  readonly drainLimitSeconds: number | undefined;
}

/** Those of the command line, and what the unit has to know: it drains unless somebody says otherwise. */
function startOptions({ values }: ParsedOptions, tac: TacFile, uid: number): StartOptions {
  const unit: OptionSource = {
    nameOf: (name) => `${name} of the unit`,
    // The group is handed over by Delegate=, which root cannot see.
    textOf: (name) => (({ on_sigterm: "drain", cgroups: "on" }) as Partial<Record<typeof name, string>>)[name],
  };
  const sources = [commandLineSource(values), ...optionsOfTac(tac, values), unit];
  const { on_sigterm, drain_limit, cgroups }: OwnOptions = ownOptions(sources);
  const isDraining = on_sigterm === "drain";
  const words = new Map<string, unknown>(
    ownOptionNames.map(longName).flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])),
  );
  words.set("on-sigterm", on_sigterm);
  if (isDraining) words.set("drain-limit", drain_limit);
  if (uid === 0) words.set("cgroups", cgroups);
  return {
    words: [...words].map(([name, value]) => `--${name}=${String(value)}`),
    drainLimitSeconds: isDraining ? drain_limit : undefined,
  };
}

/** None, with a warning, where the file can only be read in the environment of the service. */
function optionsOfTac({ path, text }: TacFile, values: ParsedOptions["values"]): readonly OptionSource[] {
  const file = values.get("password-file");
  const environment = { ...process.env, ...(file !== undefined && { WORKERPASS_FILE: resolve(file) }) };
  try {
    return [readTac(text, { path, directory: dirname(path), environment }).own];
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    console.error(`warning: on_sigterm and drain_limit of ${path} are not known, and not followed: ${error.message}`);
    return [];
  }
}

function credentialLines({ given, values }: ParsedOptions): readonly string[] {
  const passwordFile = values.get("password-file");
  const credentials = given
    .filter(([name]) => name === "credential")
    .map(([, text]) => {
      const [, id = "", path = ""] = /^([\w.-]+):(.+)$/s.exec(text) ?? [];
      if (id === "") throw baseErrors.usage(`--credential must be NAME:PATH, got '${text}'`);
      return credentialLine(id, path);
    });
  if (passwordFile === undefined) return credentials;
  const line = credentialLine(PASSWORD_CREDENTIAL, passwordFile);
  return [...credentials, line, `Environment=WORKERPASS_FILE=%d/${PASSWORD_CREDENTIAL}`];
}

function credentialLine(id: string, file: string): string {
  const path = resolve(file);
  refuseControlCharacters(path);
  if (!existsSync(path) || /[\s\\]$/.test(path))
    throw baseErrors.usage(`expected a file as a credential, got '${file}'`);
  return `LoadCredential=${id}:${unitPath(path)}`;
}

function limitLines(values: ParsedOptions["values"]): readonly string[] {
  return Object.entries(LIMITS).flatMap(([option, [key, pattern, expected]]) => {
    const text = values.get(option);
    if (text === undefined) return [];
    if (!pattern.test(text)) throw baseErrors.usage(`--${option} must be ${expected}, got '${text}'`);
    return [`${key}=${text}`];
  });
}

/** Throws a usage error where it would keep the worker from running. */
function hardening(paths: readonly string[], isUser: boolean): readonly string[] {
  const [basedir = ""] = paths;
  if (isUser) throw baseErrors.usage("--harden needs a service of the system, without --user");
  if (NOT_HARDENED.test(basedir)) throw baseErrors.usage(`with --harden, no worker can write to ${basedir}`);
  return [...HARDENING, ...(paths.some((path) => HOMES.test(path)) ? [] : ["ProtectHome=yes"])];
}
