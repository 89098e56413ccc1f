// The text of --help, made of the same rows that are parsed.
import type { OptionRow } from "./option-parser.ts";

/** A row of two columns for each option. */
export function optionsHelp(rows: readonly OptionRow[]): string {
  const left = rows.map(usage);
  const width = Math.max(...left.map((text) => text.length));
  return rows.map((row, i) => `  ${left[i]!.padEnd(width)}  ${row.help}`).join("\n");
}

function usage({ name, short, argument }: OptionRow): string {
  const long = argument === undefined ? `--${name}` : `--${name}=${argument}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}
