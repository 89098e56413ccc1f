// The options of `buildhand relay …`. The commands are loaded when they are called, so that they cost a worker nothing.
import { resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import { relaySettingRows } from "../../config/index.ts";
import type { OptionRow, ParsedOptions } from "../option-parser.ts";
import { sayUnlessQuiet } from "../printer.ts";
import { inBackgroundOption } from "../relaunch.ts";
import type { RelayCommand } from "./command.ts";

const quiet: OptionRow = { name: "quiet", short: "q", help: "print only errors" };

export const createRelayOptions: readonly OptionRow[] = [
  ...Object.entries(relaySettingRows).map(([name, { argument, help, default: value }]) => {
    return { name, argument, help, default: String(value) };
  }),
  quiet,
];
export const startRelayOptions: readonly OptionRow[] = [
  inBackgroundOption,
  { name: "nodaemon", help: "run in the foreground and log to standard output" },
  quiet,
];
export const stopRelayOptions: readonly OptionRow[] = [quiet];
export const relayStatusOptions: readonly OptionRow[] = [{ name: "json", help: "print one JSON object" }];

/** Each resolves to the exit code, and throws usage errors. */
export const runCreateRelay = command(async (c) => (await import("./create.ts")).createRelay(c));
export const runStartRelay = command(async (c) => (await import("./start.ts")).startRelay(c));
export const runStopRelay = command(async (c) => (await import("./stop.ts")).stopRelay(c));
export const runRelayStatus = command(async (c) => (await import("./status.ts")).relayStatus(c));

function command(run: (command: RelayCommand) => Promise<number>) {
  return ({ flags, values, rest }: ParsedOptions): Promise<number> => {
    const [directory, ...more] = rest;
    if (directory === undefined || more.length > 0) throw baseErrors.usage("expected one directory");
    return run({ directory: resolve(directory), flags, values, say: sayUnlessQuiet({ flags }) });
  };
}
