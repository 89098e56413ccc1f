// The arguments of each command `buildhand master …`.
import type { ParsedOptions } from "../option-parser.ts";
import type { Say } from "../printer.ts";

export interface MasterCommand {
  /** Absolute. */
  readonly directory: string;
  readonly flags: ParsedOptions["flags"];
  readonly say: Say;
}
