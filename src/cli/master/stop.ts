// buildhand master stop: running builds are rebuilt after the next start.
import { serverPlace } from "../../daemon/index.ts";
import { stopServer } from "../server.ts";
import type { ServerCommand } from "../server-command.ts";

export function stopMaster({ directory, say }: ServerCommand): Promise<number> {
  return stopServer(serverPlace("master", directory), say);
}
