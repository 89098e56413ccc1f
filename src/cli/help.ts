// The text of --help, from the rows that the parser uses.
import type { OptionRow } from "./option-parser.ts";

/** One line with two columns for each option. */
export function optionsHelp(all: readonly OptionRow[]): string {
  const rows = all.filter((row) => row.hidden !== true);
  const left = rows.map(usage);
  const width = Math.max(...left.map((text) => text.length));
  return rows.map((row, i) => `  ${left[i]!.padEnd(width)}  ${row.help}${defaultNote(row)}`).join("\n");
}

/** The default, unless the help text describes it. */
function defaultNote(row: OptionRow): string {
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
