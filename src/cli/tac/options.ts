// The options of `buildhand tac …`; the commands are loaded when they are called.
import { type OptionRow, parseOptions } from "../option-parser.ts";
import { directoryArgument } from "../worker-directory.ts";

export const tacCheckOptions: readonly OptionRow[] = [];

/** Resolves to the exit code, and throws usage errors. */
export async function runCheckTac(argv: readonly string[]): Promise<number> {
  const { rest } = parseOptions(tacCheckOptions, argv);
  return (await import("./check.ts")).checkTac(directoryArgument(rest));
}
