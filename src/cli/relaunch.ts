// Starts this program again: for commands that need a second process, and for `start` in the background.
import { systemClock } from "../base/clock.ts";
import { type BackgroundOutcome, type BackgroundRequest, startInBackground } from "../daemon/index.ts";
import { COOKIE_NAME } from "../process/tree/index.ts";
import type { OptionRow } from "./option-parser.ts";

export const IN_BACKGROUND = "in-background";

export const inBackgroundOption: OptionRow = {
  name: IN_BACKGROUND,
  hidden: true,
  help: "run as the background process",
};

/** The program and the arguments in front of a subcommand. */
export function thisProgram(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
}

/** Starts this program with these arguments as a process that outlives this one. Throws ERR_LOG_UNOPENED. */
export function relaunch(
  words: readonly string[],
  request: Omit<BackgroundRequest, "command" | "clock">,
): Promise<BackgroundOutcome> {
  // When a worker's command started this process, the new one must not be killed with that command.
  delete process.env[COOKIE_NAME];
  return startInBackground({ ...request, clock: systemClock, command: [...thisProgram(), ...words] });
}
