// Where commands print, and how.
import type { Result } from "../master/index.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { type Style, styleFor } from "./style.ts";

export interface Printer {
  readonly style: Style;
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string | Uint8Array) => void;
}

/** Prints what people need not know when all is well. */
export type Say = (line: string) => void;

export function sayUnlessQuiet({ flags }: Pick<ParsedOptions, "flags">): Say {
  return flags.has("quiet") ? () => {} : (line) => console.log(line);
}

/** On our standard output and error; what cannot be written is dropped, and the streams say so in 'error'. */
export function standardPrinter(): Printer {
  return {
    style: styleFor(process.stdout, process.env),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

/** How a text that tells of a build's result is coloured. */
export function paintOf({ style }: Printer, result: Result): (text: string) => string {
  if (result === "SUCCESS") return style.good;
  return result === "WARNINGS" || result === "SKIPPED" ? style.warning : style.bad;
}
