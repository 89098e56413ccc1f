// buildhand master start and stop: running builds are rebuilt after the next start.
import { masterConfigPath, runMaster, serverPlace } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import { startServer, stopServer } from "../server.ts";
import type { ServerCommand } from "../server-command.ts";

const ADDRESS = /status page at (\S+)/;

export function startMaster(command: ServerCommand): Promise<number> {
  const { directory } = command;
  return startServer(serverPlace("master", directory), command, {
    check: () => readMasterConfig(masterConfigPath(directory), (sentence) => console.error(sentence)),
    run: runMaster,
    note(log) {
      const [, address] = ADDRESS.exec(log) ?? [];
      return address && `status page: ${address}`;
    },
  });
}

export function stopMaster({ directory, say }: ServerCommand): Promise<number> {
  return stopServer(serverPlace("master", directory), say);
}
