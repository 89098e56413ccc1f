// The options of `buildhand tac …`. The commands are loaded when they are called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const tacCheckOptions: readonly OptionRow[] = [];
export const tacImportOptions: readonly OptionRow[] = [{ name: "yes", help: "execute the file even as root" }];

/** Each resolves to the exit code, and throws usage errors. */
export const runCheckTac = async (options: ParsedOptions) => (await import("./check.ts")).checkTac(options);
export const runImportTac = async (options: ParsedOptions) => (await import("./import.ts")).importTac(options);
