// The options of `buildhand relay …`. The commands are loaded when they are called, so that they cost a worker nothing.
import { relaySettingRows } from "../../config/index.ts";
import type { OptionRow } from "../option-parser.ts";
import { quietOption, serverCommand } from "../server-command.ts";

export const createRelayOptions: readonly OptionRow[] = [
  ...Object.entries(relaySettingRows).map(([name, { argument, help, default: value }]) => {
    return { name, argument, help, default: String(value) };
  }),
  quietOption,
];
export const stopRelayOptions: readonly OptionRow[] = [quietOption];
export const relayStatusOptions: readonly OptionRow[] = [{ name: "json", help: "print one JSON object" }];

/** Each resolves to the exit code, and throws usage errors. */
export const runCreateRelay = serverCommand(async (c) => (await import("./create.ts")).createRelay(c));
export const runStartRelay = serverCommand(async (c) => (await import("./start.ts")).startRelay(c));
export const runStopRelay = serverCommand(async (c) => (await import("./start.ts")).stopRelay(c));
export const runRelayStatus = serverCommand(async (c) => (await import("./status.ts")).relayStatus(c));
