// The arguments of each command `buildhand relay …`.
import type { ParsedOptions } from "../option-parser.ts";
import type { Say } from "../printer.ts";

export interface RelayCommand extends Pick<ParsedOptions, "flags" | "values"> {
  /** Absolute. */
  readonly directory: string;
  readonly say: Say;
}
