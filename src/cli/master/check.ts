// buildhand master check: says what is wrong with a master.yaml, or what it sets up.

import { masterConfigPath, shownListener } from "../../daemon/index.ts";
import { readMasterConfig } from "../../master/index.ts";
import type { MasterCommand } from "./command.ts";

export async function checkMaster({ directory, say }: MasterCommand): Promise<number> {
  const path = masterConfigPath(directory);
  const config = readMasterConfig(path, (sentence) => console.error(sentence));
  const { workers, builders, schedulers, listeners, web } = config;
  const counts = [
    counted(workers.length, "worker"),
    counted(builders.length, "builder"),
    counted(schedulers.length, "scheduler"),
  ];
  say(`${path} is fine: ${counts.join(", ")}`);
  for (const listener of listeners) say(`workers connect to ${shownListener(listener)}`);
  say(web === undefined ? "there is no status page" : `the status page is at http://${web.host}:${web.port}/`);
  if (web !== undefined && web.adminPassword === undefined) say("nobody can log in there: web has no adminPassword");
  return 0;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
