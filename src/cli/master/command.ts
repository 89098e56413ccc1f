// What each of the commands `buildhand master …` is given.
import type { ParsedOptions } from "../option-parser.ts";

/** The flag by which start calls this program again to be the master in the background. */
export const IN_BACKGROUND = "in-background";

export interface MasterCommand {
  /** Absolute. */
  readonly directory: string;
  readonly flags: ParsedOptions["flags"];
  /** For what people need not know when all is well. */
  readonly say: (line: string) => void;
}
