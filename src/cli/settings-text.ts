// The settings of a buildbot.tac as text, each with its line and without secrets.
import { pythonRepr } from "../base/python-repr.ts";
import { withoutLogins } from "../base/secret-text.ts";
import {
  environmentSource,
  ownOptionNames,
  type TacConfig,
  type TacSettings,
  WORKER_ARGUMENTS,
} from "../config/index.ts";

const HIDDEN = "(hidden)";
const DEFAULT = "default";

/** The source of a setting, its name, and its value without secrets. */
type Row = readonly [source: string, name: string, value: string];

/** Of all workers, the log and the process, without passwords. */
export function settingsText(config: TacConfig): string {
  const sections = [
    ...config.workers.map((settings, at) =>
      section(`worker ${shown("workerName", settings)}`, workerRows(config, settings, at)),
    ),
    section("log", logRows(config)),
    section("process", effectRows(config)),
    section("options of Buildhand", ownRows(config)),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([source]) => source.length));
  const lines = rows.map(([source, name, value]) => `  ${source.padEnd(width)}  ${name} = ${value}`);
  return rows.length === 0 ? "" : [`${title}:`, ...lines].join("\n");
}

function workerRows({ lines }: TacConfig, settings: TacSettings, at: number): readonly Row[] {
  return (Object.keys(WORKER_ARGUMENTS) as (keyof typeof WORKER_ARGUMENTS)[]).map((key) => [
    sourceOf(lines.workers[at]?.get(key)),
    WORKER_ARGUMENTS[key],
    shown(key, settings),
  ]);
}

/** Also hides a password in the wrong place, and that of a proxy. */
function shown(key: keyof typeof WORKER_ARGUMENTS, settings: TacSettings): string {
  const value = settings[key];
  if (value === settings.password) return HIDDEN;
  if (key === "umask" && settings.umask !== null) return `0o${settings.umask.toString(8)}`;
  if (typeof value !== "string") return pythonRepr(value);
  return pythonRepr(withoutLogins(value).replace(/password=.*$/is, `password=${HIDDEN}`));
}

function logRows({ log, lines }: TacConfig): readonly Row[] {
  if (!log.hasObserver) return [[DEFAULT, "file", "twistd.log, or --logfile"]];
  if (log.logPath === null) return [["the file", "file", `standard ${log.toStandardError ? "error" : "output"}`]];
  const file: Row = [sourceOf(lines.log.get("logPath")), "file", pythonRepr(log.logPath)];
  if (log.rotatesDaily) return [file, [DEFAULT, "rotated", "daily"]];
  return [
    file,
    [sourceOf(lines.log.get("rotateLengthBytes")), "rotateLength", pythonRepr(log.rotateLengthBytes)],
    [sourceOf(lines.log.get("maxRotatedFiles")), "maxRotatedFiles", pythonRepr(log.maxRotatedFiles)],
  ];
}

/** Variables without their values, which may be secret. */
function effectRows({ effects: { environment, umask, niceness, remarks } }: TacConfig): readonly Row[] {
  const variable = (name: string) => `os.environ[${pythonRepr(name)}]`;
  const rows: readonly (readonly [name: string, value: string])[] = [
    ...[...environment].map(([name, value]) => [variable(name), value === undefined ? "(deleted)" : "(set)"] as const),
    ...(umask === undefined ? [] : [["os.umask", `0o${umask.toString(8)}`] as const]),
    ...(niceness === 0 ? [] : [["os.nice", String(niceness)] as const]),
    ...remarks.map((remark) => ["note", remark] as const),
  ];
  return rows.map((row) => ["the file", ...row]);
}

function ownRows({ options, lines }: TacConfig): readonly Row[] {
  const environment = environmentSource(process.env);
  return ownOptionNames.map((name) => {
    const isOfEnvironment = environment.textOf(name) !== undefined;
    const source = isOfEnvironment ? environment.nameOf(name) : sourceOf(lines.own.get(name));
    return [source, name, pythonRepr(options[name])];
  });
}

function sourceOf(line: number | undefined): string {
  return line === undefined ? DEFAULT : `line ${line}`;
}
