// buildhand master reload: checks master.yaml, and makes the running master read it again.
import { masterConfigPath, reloadRunningMaster } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";

export async function reloadMaster({ directory, say }: ServerCommand): Promise<number> {
  // Faults are reported on the terminal, and the master is not signalled.
  readMasterConfig(masterConfigPath(directory), (sentence) => console.error(sentence));
  say(await reloadRunningMaster(directory));
  return 0;
}
