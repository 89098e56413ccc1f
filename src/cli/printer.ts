// Output of commands.
import type { Result } from "../master/index.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { type Style, styleFor } from "./style.ts";

export interface Printer {
  readonly style: Style;
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string | Uint8Array) => void;
}

/** Prints a message that --quiet suppresses. */
export type Say = (line: string) => void;

export function sayUnlessQuiet({ flags }: Pick<ParsedOptions, "flags">): Say {
  return flags.has("quiet") ? () => {} : (line) => console.log(line);
}

/** Prints to standard output and error. Output that cannot be written is dropped; the streams emit 'error'. */
export function standardPrinter(): Printer {
  return {
    style: styleFor(process.stdout, process.env),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

/** The colour of a build's result. */
export function paintOf({ style }: Printer, result: Result): (text: string) => string {
  if (result === "SUCCESS") return style.good;
  return result === "WARNINGS" || result === "SKIPPED" ? style.warning : style.bad;
}
