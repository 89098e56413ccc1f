// Runs one master in this process until a signal ends it.
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorText, WorkerError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { masterErrors, readMasterConfig } from "../master/index.ts";
import { openMaster, type RunningMaster } from "./running-master.ts";
import { runServer, serverPlace } from "./server-process.ts";

const CONFIG_FILE = "master.yaml";
/** The log lines after SIGHUP. */
const RELOADED = "master.yaml was reloaded";
const NOT_RELOADED = "master.yaml was not reloaded, and the previous configuration stays in use";

export function masterConfigPath(directory: string): string {
  return join(directory, CONFIG_FILE);
}

/**
 * What this part of a master's log says about reading its configuration again, without a sentence if it was refused;
 * undefined: nothing.
 */
export function reloadAnswer(log: string): { readonly sentence: string | undefined } | undefined {
  const at = log.indexOf(RELOADED);
  if (at >= 0 && log.includes("\n", at)) return { sentence: log.slice(at).split("\n", 1)[0] };
  return log.includes(NOT_RELOADED) ? { sentence: undefined } : undefined;
}

/** Runs until a signal ends it, then ends this process. Rejects with a usage error before anything is started. */
export async function runMaster(directory: string, logsToOutput: boolean): Promise<never> {
  enterDirectory(directory);
  const warnings: string[] = [];
  const config = readMasterConfig(masterConfigPath(directory), (sentence) => warnings.push(sentence));
  let running: RunningMaster | undefined;
  return runServer(serverPlace("master", directory), {
    logsToOutput,
    onHangup(log) {
      if (running !== undefined) reloadConfig(running, directory, log);
      // It has read the file a moment ago.
      else log(`Received SIGHUP during the start: ${RELOADED}`);
    },
    async open(log) {
      for (const sentence of warnings) log(sentence);
      running = await openMaster({ config, directory, clock: systemClock, log });
      if (running.address !== undefined) log(`status page at ${running.address}`);
      return running;
    },
  });
}

function reloadConfig(running: RunningMaster, directory: string, log: (sentence: string) => void): void {
  try {
    const needRestart = running.reconfigure(readMasterConfig(masterConfigPath(directory), log));
    const rest = needRestart.length === 0 ? "" : `; changes of ${needRestart.join(" and ")} need a restart`;
    log(`${RELOADED}${rest}`);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    log(`${NOT_RELOADED}:\n${errorText(error)}`);
  }
}

/** A master is recognized by its working directory when its pid file is read. */
function enterDirectory(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    throw masterErrors.configFile.from(error, directory, `cannot be opened: ${systemReason(error)}`);
  }
}
