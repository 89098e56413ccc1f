// Runs one master in this process until a signal ends it.
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorText, stackText, WorkerError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { version } from "../base/version.ts";
import { within } from "../base/waiting.ts";
import { masterErrors, readMasterConfig } from "../master/index.ts";
import { daemonErrors } from "./errors.ts";
import { EXIT_BUG, EXIT_USAGE } from "./exit-codes.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { claimPidFile, type PidPlace, pidPlace, readPidFile, removePidFile } from "./pid-file.ts";
import { openMaster, type RunningMaster } from "./running-master.ts";
import { StopRequest } from "./stop-request.ts";
import { openStreamLog, openTwistdLog } from "./twistd-log.ts";

const CONFIG_FILE = "master.yaml";
const LOG_FILE = "master.log";
const PID_FILE = "master.pid";
const LOG_ROTATION = { rotateLengthBytes: 10_000_000, maxRotatedFiles: 10, format: "observer" } as const;
/** The log line that workers can connect. */
const READY = "the master is ready";
/** The log lines after SIGHUP. */
const RELOADED = "master.yaml was reloaded";
const NOT_RELOADED = "master.yaml was not reloaded, and the previous configuration stays in use";
/** Time for builds and connections to end. */
const CLOSE_LIMIT_MS = 15_000;

export function masterConfigPath(directory: string): string {
  return join(directory, CONFIG_FILE);
}

export function masterLogPath(directory: string): string {
  return join(directory, LOG_FILE);
}

export function masterPidPlace(directory: string): PidPlace {
  return pidPlace(directory, PID_FILE);
}

/** Whether this part of a master's log reports that it is ready. */
export function saysReady(log: Buffer): boolean {
  return log.includes(READY);
}

/** What this part of a master's log says about reading its configuration again; undefined: nothing. */
export function reloadAnswer(
  log: string,
): { readonly state: "refused" } | { readonly state: "reloaded"; readonly sentence: string } | undefined {
  const at = log.indexOf(RELOADED);
  if (at >= 0 && log.includes("\n", at)) return { state: "reloaded", sentence: log.slice(at).split("\n", 1)[0] ?? "" };
  return log.includes(NOT_RELOADED) ? { state: "refused" } : undefined;
}

/**
 * Runs until the master has ended, then ends this process: with an exit code, or by the signal that ended the master.
 * Rejects with a usage error before anything is started. `logsToOutput`: logs to standard output instead of its file.
 */
export async function runMaster(directory: string, { logsToOutput = false } = {}): Promise<never> {
  enterDirectory(directory);
  const warnings: string[] = [];
  const config = readMasterConfig(masterConfigPath(directory), (sentence) => warnings.push(sentence));
  const log = logsToOutput
    ? openStreamLog("stdout", systemClock, LOG_ROTATION)
    : openTwistdLog(masterLogPath(directory), systemClock, LOG_ROTATION);
  const logLine = (sentence: string) => log.line(sentence);
  const stop = new StopRequest({
    log,
    onSigterm: "now",
    onHangup: "default",
    onSecondSignal: (signal) => void leaveBy(signal, logLine),
  });
  let running: RunningMaster | undefined;
  const reload = () => {
    if (running !== undefined) reloadConfig(running, directory, logLine);
    // It has read the file a moment ago.
    else log.line(`Received SIGHUP during the start: ${RELOADED}`);
  };
  process.on("SIGHUP", reload);
  process.on("SIGUSR1", () => {
    if (!log.reopen()) log.rotate();
  });
  const pid = masterPidPlace(directory);
  await claim(pid);
  log.line(`Starting master -- version: ${version}`);
  for (const sentence of warnings) log.line(sentence);
  const fail = async () => {
    await within(systemClock, running?.close() ?? Promise.resolve(), CLOSE_LIMIT_MS);
    return leave(EXIT_BUG);
  };
  endOnBug(
    (error) => log.line(stackText(error)),
    () => void fail(),
  );
  try {
    running = await openMaster({ config, directory, clock: systemClock, log: logLine });
  } catch (error) {
    removePidFile(pid, logLine);
    if (!(error instanceof WorkerError)) throw error;
    log.line(errorText(error));
    // The output of a background process is not read.
    if (!logsToOutput) return leave(EXIT_USAGE, logLine);
    throw error;
  }
  if (running.address !== undefined) log.line(`status page at ${running.address}`);
  log.line(READY);
  // A graceful stop does not wait for builds: the next start of the master retries them.
  stop.onGraceful(({ reason }) => {
    log.line(`Received ${reason}, shutting down.`);
    stop.request();
  });
  const signal = await stop.requested;
  await within(systemClock, running.close(), CLOSE_LIMIT_MS);
  log.line("the master has ended");
  removePidFile(pid, logLine);
  return signal === undefined ? leave(0, logLine) : leaveBy(signal, logLine);
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

/** If two masters start at the same time, claimPidFile rejects for one. */
async function claim(place: PidPlace): Promise<void> {
  const found = readPidFile(place);
  if (found.state === "running") throw daemonErrors.masterRunning(found.pid, place.path);
  await claimPidFile(place);
}
