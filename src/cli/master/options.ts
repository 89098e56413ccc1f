// The options of `buildhand master …`. The commands are loaded when they are called, so that they cost a worker
// nothing.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";
import { quietOption as quiet, type ServerCommand, serverCommand } from "../server-command.ts";

const command = (run: (command: ServerCommand) => Promise<number>) => serverCommand(run, ".");

export const createMasterOptions: readonly OptionRow[] = [quiet];
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
export const runMasterStatus = command(async (c) => (await import("./status.ts")).showMasterStatus(c));
export const runForceBuild = async (options: ParsedOptions) => (await import("./force.ts")).forceBuild(options);
export const runCancelRequest = async (options: ParsedOptions) => (await import("./cancel.ts")).cancelRequests(options);
