// The options of `buildhand tac …`.
import type { OptionRow } from "../option-parser.ts";

export const tacCheckOptions: readonly OptionRow[] = [];
export const tacImportOptions: readonly OptionRow[] = [{ name: "yes", help: "execute the file also as root" }];
