// Runs one master in this process until a signal ends it.
import { systemClock } from "../base/clock.ts";
import { errorText, WorkerError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { masterErrors, readMasterConfig } from "../master/index.ts";
import { masterConfigPath, NOT_RELOADED, RELOADED } from "./master-file.ts";
import { openMaster, type RunningMaster } from "./running-master.ts";
import { runServer, serverPlace } from "./server-process.ts";

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
