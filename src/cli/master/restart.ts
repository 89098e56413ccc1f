// buildhand master restart: stops the master of a directory if it runs, and starts it. Running builds are built again.
import { EXIT_USAGE, masterConfigPath } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";
import { startMaster } from "./start.ts";
import { stopMaster } from "./stop.ts";

export async function restartMaster(command: ServerCommand): Promise<number> {
  // A file with faults must not end a master that runs.
  readMasterConfig(masterConfigPath(command.directory));
  return (await stopMaster(command)) === 0 ? startMaster(command) : EXIT_USAGE;
}
