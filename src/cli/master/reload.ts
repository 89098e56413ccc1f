// buildhand master reload: checks master.yaml, and makes the running master read it again.
import { daemonErrors, masterConfigPath, reloadRunningMaster, serverPlace } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";

export async function reloadMaster({ directory, say }: ServerCommand): Promise<number> {
  // Faults are reported on the terminal, and the master is not signalled.
  readMasterConfig(masterConfigPath(directory), (sentence) => console.error(sentence));
  const outcome = await reloadRunningMaster(directory);
  switch (outcome.state) {
    case "not-running":
      throw daemonErrors.masterNotRunning(serverPlace("master", directory).pid.path);
    case "reloaded":
      say(outcome.sentence);
      return 0;
    case "refused":
    case "no-answer":
      throw daemonErrors.masterNotReloaded(serverPlace("master", directory).logPath);
    default:
      return outcome satisfies never;
  }
}
