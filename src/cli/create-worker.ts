// buildhand create-worker: creates the base directory of a worker.
import { resolve } from "node:path";
import { baseErrors } from "../base/errors.ts";
import { createBasedir, type NewTac, readMasterArgument, tacText } from "../config/index.ts";
import { EXIT_USAGE } from "../daemon/index.ts";
import { type CreateWorkerOption, createWorkerOptions, type SettingRow } from "./create-worker-options.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { givenPassword } from "./password.ts";
import { sayUnlessQuiet } from "./printer.ts";

/** BASEDIR, MASTERHOST[:PORT] and NAME, before PASSWORD. */
const NAMED_ARGUMENTS = 3;

/** Throws usage errors before it creates anything; otherwise resolves to the exit code. */
export async function createWorker(options: ParsedOptions): Promise<number> {
  const { basedir, tacText } = await plannedWorker(options);
  const say = sayUnlessQuiet(options);
  try {
    createBasedir({ basedir, tacText, say });
  } catch (error) {
    if (!baseErrors.basedir.is(error)) throw error;
    console.log(`${error.message}\nfailed to configure worker in ${basedir}`);
    return EXIT_USAGE;
  }
  say(`worker configured in ${basedir}`);
  return 0;
}

export interface PlannedWorker {
  /** Absolute. */
  readonly basedir: string;
  readonly tacText: string;
}

/** Whether the arguments are those of create-worker rather than a base directory alone. */
export function plansWorker({ rest }: ParsedOptions): boolean {
  return rest.length === NAMED_ARGUMENTS || rest.length === NAMED_ARGUMENTS + 1;
}

/** What create-worker would create; throws usage errors. */
export async function plannedWorker(options: ParsedOptions): Promise<PlannedWorker> {
  if (!plansWorker(options)) throw baseErrors.usage("incorrect number of arguments");
  const [directory = "", master = "", name = "", argument] = options.rest;
  refuseInvalidText(options.rest);
  const basedir = resolve(directory);
  const password = await givenPassword(argument, options.values.get("password-file"));
  return { basedir, tacText: tacText(newTac(options, { basedir, master, name, password })) };
}

/** Node.js replaces bytes that are not UTF-8 with this character, which would change the password. */
function refuseInvalidText(words: readonly string[]): void {
  if (!words.some((word) => word.includes("\ufffd"))) return;
  throw baseErrors.usage("an argument is not valid UTF-8, and cannot be written to buildbot.tac");
}

interface Arguments {
  readonly basedir: string;
  readonly master: string;
  readonly name: string;
  readonly password: string;
}

/** Throws usage errors. */
export function newTac(options: ParsedOptions, { basedir, master, name, password }: Arguments): NewTac {
  const given = (option: CreateWorkerOption) => checked(option, options.values.get(option));
  const setting = (option: CreateWorkerOption) => given(option) ?? rowOf(option).default ?? "None";
  return {
    basedir: options.flags.has("relocatable") ? "." : basedir,
    rotateLog: !options.flags.has("no-logrotate"),
    logSize: pythonNumber(setting("log-size")),
    logCount: setting("log-count"),
    ...readMasterArgument(master),
    connectionString: given("connection-string"),
    proxyConnectionString: given("proxy-connection-string"),
    name,
    password,
    keepalive: pythonNumber(setting("keepalive")),
    umask: setting("umask"),
    maxDelay: pythonNumber(setting("maxdelay")),
    numcpus: setting("numcpus"),
    allowShutdown: given("allow-shutdown"),
    maxRetries: setting("maxretries"),
    useTls: options.flags.has("use-tls"),
    deleteLeftoverDirs: options.flags.has("delete-leftover-dirs"),
    protocol: setting("protocol"),
    own: Object.fromEntries(
      (["relay", "relay-key"] as const).flatMap((option) => {
        const value = given(option);
        if (value === undefined) return [];
        return [[option.replace("-", "_"), option === "relay-key" ? resolve(value) : value]];
      }),
    ),
  };
}

/** Python's int() accepts leading zeros, Python's source text does not. */
function pythonNumber(text: string): string {
  return String(BigInt(text.replace(/^\+/, "")));
}

function checked(option: CreateWorkerOption, text: string | undefined): string | undefined {
  if (text !== undefined) rowOf(option).check?.(text, option);
  return text;
}

function rowOf(option: CreateWorkerOption): SettingRow {
  return createWorkerOptions.find((row) => row.name === option)!;
}
