// Starts and stops a server of a directory: a master or a relay.
import { systemClock } from "../base/clock.ts";
import {
  daemonErrors,
  EXIT_USAGE,
  endedAtOnce,
  readPidFile,
  removeStale,
  type ServerPlace,
  stopWorker,
} from "../daemon/index.ts";
import { closeInheritedDescriptors } from "../process/spawn/index.ts";
import type { Say } from "./printer.ts";
import { IN_BACKGROUND, relaunch } from "./relaunch.ts";
import type { ServerCommand } from "./server-command.ts";

export interface ServerStart {
  /** Checked before the start in the background too, so that faults are reported on the terminal. */
  readonly check: () => void;
  readonly run: (directory: string, logsToOutput: boolean) => Promise<never>;
  /** More to say of a server that is running, by the part of its log since the start. */
  readonly note?: (log: string) => string | undefined;
}

export async function startServer(
  { name, directory, pid, logPath, ready, running }: ServerPlace,
  { flags, say }: ServerCommand,
  { check, run, note }: ServerStart,
): Promise<number> {
  if (flags.has(IN_BACKGROUND) || flags.has("nodaemon")) {
    closeInheritedDescriptors();
    return run(directory, flags.has("nodaemon"));
  }
  check();
  const found = readPidFile(pid);
  if (found.state === "running") throw running(found.pid, pid.path);
  if (found.state === "unreadable") throw daemonErrors.pidFile(pid.path, found.reason);
  if (found.state === "stale") await removeStale(pid);
  let noted: string | undefined;
  const outcome = await relaunch([name, "start", `--${IN_BACKGROUND}`, directory], {
    logPath,
    pid,
    isReady(added) {
      noted = note?.(added.toString()) ?? noted;
      return added.includes(ready);
    },
  });
  switch (outcome.state) {
    case "started":
      say(`the ${name} is running, its log is ${logPath}`);
      if (noted !== undefined) say(noted);
      return 0;
    case "another":
      throw running(outcome.pid, pid.path);
    case "ended":
      console.error(endedAtOnce(`the ${name}`, logPath, outcome.lastWords));
      return EXIT_USAGE;
    case "deadline":
      console.error(`the ${name} did not become ready in time; see ${logPath}`);
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}

export async function stopServer({ name, pid: place }: ServerPlace, say: Say): Promise<number> {
  const outcome = await stopWorker(place, systemClock);
  if (outcome.state === "not-running") say(`no ${name} is running there`);
  else if (outcome.state === "dead") say(`${name} process ${outcome.pid} has ended`);
  else say(`${name} process ${outcome.pid} got SIGTERM, but has not ended yet`);
  return outcome.state === "alive" ? EXIT_USAGE : 0;
}
