// The options of `buildhand master …`; the commands are loaded when they are called, so that a worker has nothing of them.
import { resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import { type OptionRow, parseOptions } from "../option-parser.ts";
import { sayUnlessQuiet } from "../printer.ts";
import { inBackgroundOption } from "../relaunch.ts";
import type { MasterCommand } from "./command.ts";

const quiet: OptionRow = { name: "quiet", short: "q", help: "say nothing when all is well" };

export const createMasterOptions: readonly OptionRow[] = [quiet];
export const startMasterOptions: readonly OptionRow[] = [
  inBackgroundOption,
  { name: "nodaemon", help: "stay in the foreground, and log to standard output" },
  quiet,
];
export const stopMasterOptions: readonly OptionRow[] = [quiet];
export const checkMasterOptions: readonly OptionRow[] = [quiet];

/** Each resolves to the exit code, and throws usage errors. */
export const runCreateMaster = command(createMasterOptions, async (c) => (await import("./create.ts")).createMaster(c));
export const runStartMaster = command(startMasterOptions, async (c) => (await import("./start.ts")).startMaster(c));
export const runStopMaster = command(stopMasterOptions, async (c) => (await import("./stop.ts")).stopMaster(c));
export const runCheckMaster = command(checkMasterOptions, async (c) => (await import("./check.ts")).checkMaster(c));

function command(rows: readonly OptionRow[], run: (command: MasterCommand) => Promise<number>) {
  return (argv: readonly string[]): Promise<number> => {
    const { flags, rest } = parseOptions(rows, argv);
    const [directory = ".", ...more] = rest;
    if (more.length > 0) throw baseErrors.usage("expected one directory");
    return run({ directory: resolve(directory), flags, say: sayUnlessQuiet({ flags }) });
  };
}
