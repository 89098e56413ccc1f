// Runs a master or a relay, the servers of a directory, in this process until a signal ends it.
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorText, stackText, WorkerError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { within } from "../base/waiting.ts";
import { daemonErrors } from "./errors.ts";
import { EXIT_BUG, EXIT_USAGE } from "./exit-codes.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { claimPidFile, type PidPlace, pidPlace, readPidFile, removePidFile } from "./pid-file.ts";
import { StopRequest } from "./stop-request.ts";
import { openStreamLog, openTwistdLog } from "./twistd-log.ts";

const LOG_ROTATION = { rotateLengthBytes: 10_000_000, maxRotatedFiles: 10, format: "observer" } as const;
/** Time for builds and connections to end. */
const CLOSE_LIMIT_MS = 15_000;

/** What those who start, run or stop a server must know of it. */
export interface ServerPlace {
  readonly name: "master" | "relay";
  readonly directory: string;
  readonly logPath: string;
  readonly pid: PidPlace;
  /** A log line begins so when workers can connect. */
  readonly ready: string;
  /** The error that it is already running. */
  readonly running: (pid: number, path: string) => Error;
}

export function serverPlace(name: ServerPlace["name"], directory: string): ServerPlace {
  return {
    name,
    directory,
    logPath: join(directory, `${name}.log`),
    pid: pidPlace(directory, `${name}.pid`),
    ready: `the ${name} is ready`,
    running: daemonErrors[`${name}Running`],
  };
}

export interface ServerRun {
  /** Logs to standard output instead of its file. */
  readonly logsToOutput: boolean;
  /** What SIGHUP does; undefined: it stops the server. */
  readonly onHangup?: (log: (line: string) => void) => void;
  /** Resolves when workers can connect. `note`: the end of the log line that says so. */
  readonly open: (
    log: (line: string) => void,
  ) => Promise<{ readonly close: () => Promise<void> | void; readonly note?: string }>;
}

/**
 * Runs until the server has ended, then ends this process: with an exit code, or by the signal that ended the server.
 * Rejects with a usage error before anything is started.
 */
export async function runServer(
  { name, logPath, pid, ready, running }: ServerPlace,
  { logsToOutput, onHangup, open }: ServerRun,
): Promise<never> {
  const log = logsToOutput
    ? openStreamLog("stdout", systemClock, LOG_ROTATION)
    : openTwistdLog(logPath, systemClock, LOG_ROTATION);
  const logLine = (line: string) => log.line(line);
  const stop = new StopRequest({
    log,
    onSigterm: "now",
    onHangup: onHangup === undefined ? "now" : "default",
    onSecondSignal: (signal) => void leaveBy(signal, logLine),
  });
  if (onHangup !== undefined) process.on("SIGHUP", () => onHangup(logLine));
  process.on("SIGUSR1", () => {
    if (!log.reopen()) log.rotate();
  });
  const found = readPidFile(pid);
  if (found.state === "running") throw running(found.pid, pid.path);
  // If two start at the same time, this rejects for one.
  await claimPidFile(pid);
  log.line(`Starting ${name} -- version: ${version}`);
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  const close = () => within(systemClock, Promise.resolve(opened?.close()), CLOSE_LIMIT_MS);
  endOnBug(
    (error) => log.line(stackText(error)),
    () => void close().then(() => leave(EXIT_BUG)),
  );
  try {
    opened = await open(logLine);
  } catch (error) {
    removePidFile(pid, logLine);
    if (!(error instanceof WorkerError)) throw error;
    log.line(errorText(error));
    // The output of a background process is not read.
    if (!logsToOutput) return leave(EXIT_USAGE, logLine);
    throw error;
  }
  log.line(`${ready}${opened.note ?? ""}`);
  // A graceful stop does not wait: a master retries its builds after the next start.
  stop.onGraceful(({ reason }) => {
    log.line(`Received ${reason}, shutting down.`);
    stop.request();
  });
  const signal = await stop.requested;
  await close();
  log.line(`the ${name} has ended`);
  removePidFile(pid, logLine);
  return signal === undefined ? leave(0, logLine) : leaveBy(signal, logLine);
}
