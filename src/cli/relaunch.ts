// How this program is called again: by a command that needs another, and by `start` to stay in the background.
import { systemClock } from "../base/clock.ts";
import { type BackgroundOutcome, type BackgroundRequest, startInBackground } from "../daemon/index.ts";
import { COOKIE_NAME } from "../process/tree/index.ts";
import type { OptionRow } from "./option-parser.ts";

export const IN_BACKGROUND = "in-background";

export const inBackgroundOption: OptionRow = {
  name: IN_BACKGROUND,
  hidden: true,
  help: "be the process in the background",
};

/** The program and the arguments in front of a subcommand. */
export function thisProgram(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
}

/** Calls this program again with these words, to stay when this process is over. Throws ERR_LOG_UNOPENED. */
export function relaunch(
  words: readonly string[],
  request: Omit<BackgroundRequest, "command" | "clock">,
): Promise<BackgroundOutcome> {
  // Started by a command of a worker, it is no part of that, and not to be killed with it.
  delete process.env[COOKIE_NAME];
  return startInBackground({ ...request, clock: systemClock, command: [...thisProgram(), ...words] });
}
