// What the real worker, and ours, make of the text of a buildbot.tac, in the same words.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTac } from "../../../src/config/tac.ts";
import type { TacLog, TacSettings } from "../../../src/config/tac-settings.ts";
import { TAC_ENVIRONMENT, TAC_FILES, type TacForm } from "../cases/tac-forms.ts";
import { programs } from "./worker-process.ts";

const PYTHON = "/usr/bin/python3";
const REFERENCE = fileURLToPath(new URL("tac_reference.py", import.meta.url));

/** The umask of the process that reads. */
const UMASK = 0o22;

/** Process ids are in names of workers. */
const PID = "PID";

export interface TacReading {
  /** Those that start, by the names of Worker's parameters. */
  readonly workers: readonly Readonly<Record<string, unknown>>[];
  /** As it is afterwards. */
  readonly environment: Readonly<Record<string, string>>;
  readonly umask: number;
  readonly niceness: number;
  readonly log: {
    /** Of a file, or which of the standard ones; null: no observer was set. */
    readonly path: string | null;
    /** The length at which a file is rotated, and how many are kept; null: never, or all. */
    readonly rotation: readonly (number | null)[] | "daily" | null;
  };
}

/** What the real worker said, beside what it read. */
export interface ReferenceReading extends TacReading {
  /** Null: it would run. */
  readonly exit: number | null;
  readonly printed: string;
  readonly complained: string;
}

/** Puts the file of a form, and those that every form finds, into this directory. */
export function placeForm({ tac }: TacForm, directory: string): void {
  mkdirSync(directory);
  for (const [name, text] of Object.entries({ ...TAC_FILES, "buildbot.tac": tac })) {
    writeFileSync(join(directory, name), text);
  }
}

/** What the real worker makes of each, in one process of Python. */
export function referenceReadings(
  rows: readonly { readonly form: TacForm; readonly directory: string }[],
): readonly ReferenceReading[] {
  const asked = rows.map(({ form, directory }) => ({ directory, environment: environmentOf(form) }));
  const told = execFileSync(PYTHON, [REFERENCE], {
    input: JSON.stringify(asked),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
  });
  return (JSON.parse(told) as readonly Told[]).map(fromReference);
}

/** What ours makes of it, and what it has for the log; throws its usage error. */
export function ourReading(form: TacForm, directory: string): TacReading & { readonly remarks: readonly string[] } {
  const environment = environmentOf(form);
  const place = { path: join(directory, "buildbot.tac"), directory, environment };
  const { workers, log, effects } = readTac(form.tac, place);
  const changed = new Map([...Object.entries(environment), ...effects.environment]);
  return {
    workers: workers.map(argumentsOf),
    environment: Object.fromEntries([...changed].filter((entry): entry is [string, string] => entry[1] !== undefined)),
    umask: effects.umask ?? UMASK,
    niceness: effects.niceness,
    log: logOf(log),
    remarks: effects.remarks,
  };
}

/** Has `buildhand tac import` work out the form in this directory, puts the new file in its place, and returns what was said. */
export function importForm(form: TacForm, directory: string): string {
  const [program = "", ...words] = programs.buildhand;
  const argv = [...words, "tac", "import", ...(process.geteuid?.() === 0 ? ["--yes"] : []), directory];
  const said = execFileSync(program, argv, { encoding: "utf8", env: environmentOf(form) });
  renameSync(join(directory, "buildbot.tac.new"), join(directory, "buildbot.tac"));
  return said;
}

function environmentOf({ environment }: TacForm): Record<string, string> {
  return { ...TAC_ENVIRONMENT, ...environment };
}

function argumentsOf(settings: TacSettings): TacReading["workers"][number] {
  return {
    buildmaster_host: settings.buildmasterHost,
    port: settings.port,
    name: settings.workerName.replace(String(process.pid), PID),
    passwd: settings.password,
    basedir: settings.basedir,
    keepalive: settings.keepaliveSeconds,
    umask: settings.umask,
    maxdelay: settings.maxDelaySeconds,
    numcpus: settings.numcpus,
    unicode_encoding: settings.unicodeEncoding,
    protocol: settings.protocol,
    useTls: settings.useTls,
    allow_shutdown: settings.allowShutdown,
    maxRetries: settings.maxRetries,
    connection_string: settings.connectionString,
    path: settings.path,
    delete_leftover_dirs: settings.deleteLeftoverDirs,
    proxy_connection_string: settings.proxyConnectionString,
  };
}

function logOf({ hasObserver, logPath, toStandardError, rotatesDaily, ...sizes }: TacLog): TacReading["log"] {
  if (!hasObserver) return { path: null, rotation: null };
  if (logPath === null) return { path: toStandardError ? "standard error" : "standard output", rotation: null };
  return { path: logPath, rotation: rotatesDaily ? "daily" : [sizes.rotateLengthBytes, sizes.maxRotatedFiles] };
}

interface Told extends Omit<ReferenceReading, "log"> {
  readonly pid: number;
  readonly log: { readonly path: string; readonly rotation?: TacReading["log"]["rotation"] } | null;
}

/** Ours has defaults for what the real worker leaves open: no keepalive is 0, and a delay that is not given is 300. */
function fromReference({ pid, log, workers, ...rest }: Told): ReferenceReading {
  return {
    ...rest,
    workers: workers.map((given) => ({
      ...given,
      name: String(given["name"]).replace(String(pid), PID),
      port: given["port"] === null ? null : Number(given["port"]),
      keepalive: given["keepalive"] ?? 0,
      maxdelay: given["maxdelay"] ?? 300,
      useTls: Boolean(given["useTls"]),
    })),
    log: log === null ? { path: null, rotation: null } : { path: log.path, rotation: log.rotation ?? null },
  };
}
