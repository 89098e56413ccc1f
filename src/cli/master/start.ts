// buildhand master start: starts the master, by default in the background.
import {
  type BackgroundOutcome,
  daemonErrors,
  EXIT_USAGE,
  endedAtOnce,
  masterConfigPath,
  masterLogPath,
  masterPidPlace,
  readPidFile,
  removeStale,
  runMaster,
  saysReady,
} from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import { closeInheritedDescriptors } from "../../process/spawn/index.ts";
import { IN_BACKGROUND, relaunch } from "../relaunch.ts";
import type { MasterCommand } from "./command.ts";

const ADDRESS = /status page at (\S+)/;

export async function startMaster({ directory, flags, say }: MasterCommand): Promise<number> {
  if (flags.has(IN_BACKGROUND) || flags.has("nodaemon")) {
    closeInheritedDescriptors();
    return runMaster(directory, { logsToOutput: flags.has("nodaemon") });
  }
  // Checked here too, so that faults are reported on the terminal.
  readMasterConfig(masterConfigPath(directory), (sentence) => console.error(sentence));
  const pid = masterPidPlace(directory);
  const found = readPidFile(pid);
  if (found.state === "running") throw daemonErrors.masterRunning(found.pid, pid.path);
  if (found.state === "unreadable") throw daemonErrors.pidFile(pid.path, found.reason);
  if (found.state === "stale") await removeStale(pid);
  let address: string | undefined;
  const outcome = await relaunch(["master", "start", `--${IN_BACKGROUND}`, directory], {
    logPath: masterLogPath(directory),
    pid,
    isReady(added) {
      address = ADDRESS.exec(added.toString())?.[1] ?? address;
      return saysReady(added);
    },
  });
  return report(outcome, { directory, address, say });
}

interface ReportContext extends Pick<MasterCommand, "directory" | "say"> {
  readonly address: string | undefined;
}

function report(outcome: BackgroundOutcome, { directory, address, say }: ReportContext): number {
  const logPath = masterLogPath(directory);
  switch (outcome.state) {
    case "started":
      say(`the master is running, its log is ${logPath}`);
      if (address !== undefined) say(`status page: ${address}`);
      return 0;
    case "another":
      throw daemonErrors.masterRunning(outcome.pid, masterPidPlace(directory).path);
    case "ended":
      console.error(endedAtOnce("the master", logPath, outcome.lastWords));
      return EXIT_USAGE;
    case "deadline":
      console.error(`the master did not become ready in time; see ${logPath}`);
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}
