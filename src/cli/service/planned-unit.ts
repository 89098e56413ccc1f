// The unit for a base directory, from the command line, the owner of the directory and its buildbot.tac. Nothing is written.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { baseErrors, WorkerError } from "../../base/errors.ts";
import {
  commandLineSource,
  type OptionSource,
  ownOptions,
  readTac,
  readTacFile,
  type TacFile,
} from "../../config/index.ts";
import { cliErrors } from "../errors.ts";
import { optionWords, type ParsedOptions } from "../option-parser.ts";
import { thisProgram } from "../relaunch.ts";
import { ownRows } from "../start.ts";
import { directoryArgument } from "../worker-directory.ts";
import { firstLine } from "./systemd.ts";
import { escapedPath, unitPath, unitText, unitWord } from "./unit.ts";

/** File names have at most 255 bytes, and the unit adds a prefix and a suffix. */
const NAME_LIMIT_CHARS = 200;
const PASSWORD_CREDENTIAL = "workerpass";
/** Options that become a line of the unit: its key, the pattern of its value, and that in words. */
const LIMITS = {
  "memory-max": ["MemoryMax", /^(?:\d+[KMGT]?|\d{1,3}%|infinity)$/, "8G, 50% or infinity"],
  "tasks-max": ["TasksMax", /^(?:\d+|\d{1,3}%|infinity)$/, "a number, 50% or infinity"],
  "cpu-quota": ["CPUQuota", /^\d+%$/, "a percentage such as 200%"],
  watchdog: ["WatchdogSec", /^[1-9]\d*$/, "a whole number of seconds"],
} as const;
const HARDENING = ["NoNewPrivileges=yes", "ProtectSystem=full", "PrivateDevices=yes", "PrivateTmp=yes"];
/** Directories that the hardening makes read-only or hides. */
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

/** Throws usage errors, also when the directory is not a worker's. */
export function plannedUnit(options: ParsedOptions): PlannedUnit {
  const { flags, values } = options;
  const basedir = directoryArgument(options.rest);
  const tac = readTacFile(basedir);
  const isUser = flags.has("user");
  const account = accountOf(values.get("account") ?? String(isUser ? process.getuid?.() : statSync(basedir).uid));
  if (isUser && values.has("account"))
    throw baseErrors.usage("--account needs a service of the system, without --user");
  const program = thisProgram();
  const own = startOptions(options, tac, account.uid);
  for (const word of [basedir, ...program, ...own.words]) refuseControlCharacters(word);
  const text = unitText({
    madeBy: firstLine(basedir),
    description: `Buildbot worker of ${unitPath(basedir)} (Buildhand)`,
    // It cannot hold quotes and backslashes.
    conditions: isUser || /["'\\]/.test(basedir) ? [] : [`RequiresMountsFor="${unitPath(basedir)}"`],
    program,
    startOptions: own.words,
    directory: unitWord(basedir),
    account: isUser ? undefined : account.name,
    drainLimitSeconds: own.drainLimitSeconds,
    extras: [
      ...credentialLines(values.get("password-file")),
      ...limitLines(values),
      ...(flags.has("harden") ? hardening([basedir, account.home, ...program], isUser) : []),
    ],
  });
  return { basedir, name: unitName(values.get("name"), basedir), text, program, account: isUser ? undefined : account };
}

function refuseControlCharacters(word: string): void {
  if (!/[\p{Cc}\ufffd]/u.test(word)) return;
  throw baseErrors.usage(
    `${JSON.stringify(word)} cannot stand in a unit of systemd: expected UTF-8 without control characters`,
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

/** Those of the command line, and those that the unit depends on: it drains unless the options say otherwise. */
function startOptions(options: ParsedOptions, tac: TacFile, uid: number): StartOptions {
  const { values, flags } = options;
  const unit: OptionSource = {
    nameOf: (name) => `${name} of the unit`,
    // As root the worker cannot see that Delegate= gives it its control group.
    textOf: (name) => (({ on_sigterm: "drain", cgroups: "on" }) as Partial<Record<typeof name, string>>)[name],
  };
  const sources = [commandLineSource(values, flags), ...optionsOfTac(tac, values), unit];
  const { on_sigterm, drain_limit, cgroups } = ownOptions(sources);
  const isDraining = on_sigterm === "drain";
  const chosen = {
    "on-sigterm": on_sigterm,
    ...(isDraining && { "drain-limit": drain_limit }),
    ...(uid === 0 && { cgroups }),
  };
  const given = optionWords(
    options,
    ownRows.filter(({ name }) => !(name in chosen)),
  );
  return {
    words: [...given, ...Object.entries(chosen).map(([name, value]) => `--${name}=${value}`)],
    drainLimitSeconds: isDraining ? drain_limit : undefined,
  };
}

/** None, with a warning, when the file can be read only in the environment of the service. */
function optionsOfTac({ path, text }: TacFile, values: ParsedOptions["values"]): readonly OptionSource[] {
  const file = values.get("password-file");
  const environment = { ...process.env, ...(file !== undefined && { WORKERPASS_FILE: resolve(file) }) };
  try {
    return [readTac(text, { path, directory: dirname(path), environment }).own];
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    console.error(`warning: on_sigterm and drain_limit of ${path} are unknown and ignored: ${error.message}`);
    return [];
  }
}

function credentialLines(passwordFile: string | undefined): readonly string[] {
  if (passwordFile === undefined) return [];
  const path = resolve(passwordFile);
  refuseControlCharacters(path);
  // systemd would read a blank or a backslash at the end as its own syntax.
  if (!existsSync(path) || /[\s\\]$/.test(path))
    throw baseErrors.usage(`--password-file must be the path of a file, got '${passwordFile}'`);
  return [
    `LoadCredential=${PASSWORD_CREDENTIAL}:${unitPath(path)}`,
    `Environment=WORKERPASS_FILE=%d/${PASSWORD_CREDENTIAL}`,
  ];
}

function limitLines(values: ParsedOptions["values"]): readonly string[] {
  return Object.entries(LIMITS).flatMap(([option, [key, pattern, expected]]) => {
    const text = values.get(option);
    if (text === undefined) return [];
    if (!pattern.test(text)) throw baseErrors.usage(`--${option} must be ${expected}, got '${text}'`);
    return [`${key}=${text}`];
  });
}

/** Throws a usage error when the worker could not run with it. */
function hardening(paths: readonly string[], isUser: boolean): readonly string[] {
  const [basedir = ""] = paths;
  if (isUser) throw baseErrors.usage("--harden needs a service of the system, without --user");
  if (NOT_HARDENED.test(basedir)) throw baseErrors.usage(`with --harden, no worker can write to ${basedir}`);
  return [...HARDENING, ...(paths.some((path) => HOMES.test(path)) ? [] : ["ProtectHome=yes"])];
}
