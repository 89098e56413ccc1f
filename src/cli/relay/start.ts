// buildhand relay start and stop: a relay that stops ends the connections of its workers to the master.
import { relayPlan, runRelay, serverPlace } from "../../daemon/index.ts";
import { startServer, stopServer } from "../server.ts";
import type { ServerCommand } from "../server-command.ts";

export function startRelay(command: ServerCommand): Promise<number> {
  const { directory } = command;
  return startServer(serverPlace("relay", directory), command, { check: () => relayPlan(directory), run: runRelay });
}

export function stopRelay({ directory, say }: ServerCommand): Promise<number> {
  return stopServer(serverPlace("relay", directory), say);
}
