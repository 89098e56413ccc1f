// buildhand relay start: starts the relay, by default in the background.
import {
  daemonErrors,
  EXIT_USAGE,
  endedAtOnce,
  readPidFile,
  relayPidPlace,
  relayPlan,
  relaySaysReady,
  removeStale,
  runRelay,
} from "../../daemon/index.ts";
import { closeInheritedDescriptors } from "../../process/spawn/index.ts";
import { IN_BACKGROUND, relaunch } from "../relaunch.ts";
import type { RelayCommand } from "./command.ts";

export async function startRelay({ directory, flags, say }: RelayCommand): Promise<number> {
  if (flags.has(IN_BACKGROUND) || flags.has("nodaemon")) {
    closeInheritedDescriptors();
    return runRelay(directory, { logsToOutput: flags.has("nodaemon") });
  }
  // Checked here too, so that faults are reported on the terminal.
  const { files } = relayPlan(directory);
  const pid = relayPidPlace(directory);
  const found = readPidFile(pid);
  if (found.state === "running") throw daemonErrors.relayRunning(found.pid, pid.path);
  if (found.state === "unreadable") throw daemonErrors.pidFile(pid.path, found.reason);
  if (found.state === "stale") await removeStale(pid);
  const words = ["relay", "start", `--${IN_BACKGROUND}`, directory];
  const outcome = await relaunch(words, { logPath: files.log, pid, isReady: relaySaysReady });
  switch (outcome.state) {
    case "started":
      say(`the relay is running, its log is ${files.log}`);
      return 0;
    case "another":
      throw daemonErrors.relayRunning(outcome.pid, pid.path);
    case "ended":
      console.error(endedAtOnce("the relay", files.log, outcome.lastWords));
      return EXIT_USAGE;
    case "deadline":
      console.error(`the relay did not become ready in time; see ${files.log}`);
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}
