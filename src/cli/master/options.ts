// The options of `buildhand master …`. The commands are loaded when they are called, so that they cost a worker
// nothing.
import { resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import type { OptionRow, ParsedOptions } from "../option-parser.ts";
import { sayUnlessQuiet } from "../printer.ts";
import { inBackgroundOption } from "../relaunch.ts";
import type { MasterCommand } from "./command.ts";

const quiet: OptionRow = { name: "quiet", short: "q", help: "print only errors" };

export const createMasterOptions: readonly OptionRow[] = [quiet];
export const startMasterOptions: readonly OptionRow[] = [
  inBackgroundOption,
  { name: "nodaemon", help: "run in the foreground and log to standard output" },
  quiet,
];
export const stopMasterOptions: readonly OptionRow[] = [quiet];
export const restartMasterOptions: readonly OptionRow[] = [quiet];
export const reloadMasterOptions: readonly OptionRow[] = [quiet];
export const checkMasterOptions: readonly OptionRow[] = [quiet];
export const passwdMasterOptions: readonly OptionRow[] = [];
export const notifyMasterOptions: readonly OptionRow[] = [
  { name: "secret-file", argument: "FILE", help: "file with the secret of the hook (required)" },
  quiet,
];
export const masterStatusOptions: readonly OptionRow[] = [{ name: "json", help: "print the answers of the API" }];
export const forceBuildOptions: readonly OptionRow[] = [
  { name: "branch", argument: "BRANCH", help: "branch to build" },
  { name: "revision", argument: "REVISION", help: "revision to build" },
  { name: "reason", argument: "TEXT", help: "reason of the build" },
  { name: "wait", help: "wait for the end of the build, and exit with its result" },
  quiet,
];
export const cancelRequestOptions: readonly OptionRow[] = [{ name: "all", help: "cancel all waiting requests" }, quiet];

/** Each resolves to the exit code, and throws usage errors. */
export const runCreateMaster = command(async (c) => (await import("./create.ts")).createMaster(c));
export const runStartMaster = command(async (c) => (await import("./start.ts")).startMaster(c));
export const runStopMaster = command(async (c) => (await import("./stop.ts")).stopMaster(c));
export const runRestartMaster = command(async (c) => (await import("./restart.ts")).restartMaster(c));
export const runReloadMaster = command(async (c) => (await import("./reload.ts")).reloadMaster(c));
export const runPasswd = async () => (await import("./passwd.ts")).printPasswordHash();
export const runNotify = async (options: ParsedOptions) => (await import("./notify.ts")).notifyMaster(options);
export const runCheckMaster = command(async (c) => (await import("./check.ts")).checkMaster(c));
export const runMasterStatus = async (options: ParsedOptions) =>
  (await import("./status.ts")).showMasterStatus(options);
export const runForceBuild = async (options: ParsedOptions) => (await import("./force.ts")).forceBuild(options);
export const runCancelRequest = async (options: ParsedOptions) => (await import("./cancel.ts")).cancelRequests(options);

function command(run: (command: MasterCommand) => Promise<number>) {
  return ({ flags, rest }: ParsedOptions): Promise<number> => {
    const [directory = ".", ...more] = rest;
    if (more.length > 0) throw baseErrors.usage("expected one directory");
    return run({ directory: resolve(directory), flags, say: sayUnlessQuiet({ flags }) });
  };
}
