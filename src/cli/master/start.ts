// buildhand master start.
import { masterConfigPath, serverPlace } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import { startServer } from "../server.ts";
import type { ServerCommand } from "../server-command.ts";

const ADDRESS = /status page at (\S+)/;

export function startMaster(command: ServerCommand): Promise<number> {
  const { directory } = command;
  return startServer(serverPlace("master", directory), command, {
    check: () => readMasterConfig(masterConfigPath(directory), (sentence) => console.error(sentence)),
    run: async (...given) => (await import("./run.ts")).runMaster(...given),
    note(log) {
      const [, address] = ADDRESS.exec(log) ?? [];
      return address && `status page: ${address}`;
    },
  });
}
