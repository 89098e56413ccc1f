// The options of `buildhand tac …`; the commands are loaded when they are called.
import { type OptionRow, parseOptions } from "../option-parser.ts";
import { directoryArgument } from "../worker-directory.ts";

export const tacCheckOptions: readonly OptionRow[] = [];
export const tacImportOptions: readonly OptionRow[] = [{ name: "yes", help: "execute the file also as root" }];

/** Both resolve to the exit code, and throw usage errors. */
export async function runCheckTac(argv: readonly string[]): Promise<number> {
  const { rest } = parseOptions(tacCheckOptions, argv);
  return (await import("./check.ts")).checkTac(directoryArgument(rest));
}

export async function runImportTac(argv: readonly string[]): Promise<number> {
  const { flags, rest } = parseOptions(tacImportOptions, argv);
  const { importTac } = await import("./import.ts");
  return importTac({ directory: directoryArgument(rest), isAgreed: flags.has("yes") });
}
