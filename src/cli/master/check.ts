// buildhand master check: reports the faults of a master.yaml, or summarises it.

import { masterConfigPath, shownListener } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";

export async function checkMaster({ directory, say }: ServerCommand): Promise<number> {
  const path = masterConfigPath(directory);
  const config = readMasterConfig(path, (sentence) => console.error(sentence));
  const { workers, builders, schedulers, listeners, web } = config;
  const counts = [
    counted(workers.length, "worker"),
    counted(builders.length, "builder"),
    counted(schedulers.length, "scheduler"),
  ];
  say(`${path} is valid: ${counts.join(", ")}`);
  for (const listener of listeners) say(`workers connect to ${shownListener(listener)}`);
  say(web === undefined ? "no status page is configured" : `the status page is at http://${web.host}:${web.port}/`);
  if (web !== undefined && web.adminPassword === undefined) say("nobody can log in there: web has no adminPassword");
  return 0;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
