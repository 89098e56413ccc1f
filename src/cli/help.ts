// The text of --help, made of the same rows that are parsed.
import type { OptionRow } from "./option-parser.ts";

/** What is told of a command, and completed. */
export interface CommandHelp {
  /** One word or two. */
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly arguments: string;
  /** One sentence without its stop. */
  readonly help: string;
  /** Without helpOptions. */
  readonly options: readonly OptionRow[];
}

const versionOption: OptionRow = { name: "version", help: "show the version and exit" };

/** What every command takes besides its own. */
export const helpOptions: readonly OptionRow[] = [
  { name: "help", short: "h", help: "show this help and exit" },
  versionOption,
];

/** What stands before the command. No -h there, as with buildbot-worker. */
export const globalOptions: readonly OptionRow[] = [
  { name: "help", help: "show this help and exit" },
  { name: "verbose", help: "accepted for older scripts" },
  versionOption,
];

/** A row of two columns for each option. */
export function optionsHelp(all: readonly OptionRow[]): string {
  const rows = all.filter((row) => row.hidden !== true);
  const left = rows.map(usage);
  const width = Math.max(...left.map((text) => text.length));
  return rows.map((row, i) => `  ${left[i]!.padEnd(width)}  ${row.help}${defaultNote(row)}`).join("\n");
}

/** What happens without the option, where its sentence does not say that. */
export function defaultNote(row: OptionRow): string {
  return [undefined, "", "None"].includes(row.default) ? "" : ` (default: ${row.default})`;
}

/** `--umask=MASK`. */
export function longUsage({ name, argument }: OptionRow): string {
  return argument === undefined ? `--${name}` : `--${name}=${argument}`;
}

function usage(row: OptionRow): string {
  const { short } = row;
  const long = longUsage(row);
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}
