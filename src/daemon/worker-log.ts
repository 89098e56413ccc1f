// Selects a worker's log: the one that its buildbot.tac sets up, otherwise twistd's own, with the options of the command line.
// Output that may contain secrets goes to a separate file with restricted permissions.
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import type { KnownSecrets } from "../base/known-secrets.ts";
import type { TacConfig, TacLog, TacSettings } from "../config/index.ts";
import { type LogOptions, openStreamLog, openTwistdLog, type TwistdLog } from "./twistd-log.ts";

/** twistd's own log is rotated at a million bytes, and all rotated logs are kept. */
const RUNNER_LOG: LogOptions = { rotateLengthBytes: 1_000_000, maxRotatedFiles: null, format: "runner" };

const LAST_OUTPUT_NAME = "buildhand-last-output.log";
const LAST_OUTPUT_FILE: LogOptions = { rotateLengthBytes: 256 * 1024, maxRotatedFiles: 1, mode: 0o600 };

interface LastOutputPlace {
  /** The base directory. */
  readonly directory: string;
  readonly log: Pick<TwistdLog, "line">;
  readonly secrets: KnownSecrets;
}

/** `given` is the log from the command line. Throws ERR_LOG_UNOPENED. */
export function openWorkerLog(config: TacConfig, given: string | undefined, secrets: KnownSecrets): TwistdLog {
  const path = workerLogPath(config, given);
  const classic = { ...(config.log.hasObserver ? observerOptions(config.log) : RUNNER_LOG), secrets };
  const options: LogOptions = config.options.log_format === "json" ? { ...classic, format: "json" } : classic;
  if (path !== undefined) return openTwistdLog(path, systemClock, options);
  return openStreamLog(config.log.toStandardError && given !== "-" ? "stderr" : "stdout", systemClock, options);
}

/** Absolute; undefined for a standard stream. */
export function workerLogPath(
  { log, tacPath }: Pick<TacConfig, "log" | "tacPath">,
  given: string | undefined,
): string | undefined {
  if (given === "-") return undefined;
  if (log.hasObserver) return log.logPath ?? undefined;
  return resolve(dirname(tacPath), given ?? "twistd.log");
}

/**
 * The words in brackets that distinguish the workers of one file in the log, in their order: unique names, or the usual `-`
 * for a single worker.
 */
export function logLabels(workers: readonly Pick<TacSettings, "workerName">[]): readonly string[] {
  return workers.length === 1 ? ["-"] : distinctNames(workers.map(({ workerName }) => workerName));
}

/** The second of the same name is `NAME#2`. */
export function distinctNames(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const place = names.slice(0, index + 1).filter((one) => one === name).length;
    return place === 1 ? name : `${name}#${place}`;
  });
}

/**
 * Appends the end of a lost command's output to a file that only the worker's user can read, since it may contain secrets.
 * Logs the path.
 */
export function keepLastOutput(command: string, text: string, { directory, log, secrets }: LastOutputPlace): void {
  const path = join(directory, LAST_OUTPUT_NAME);
  try {
    const file = openTwistdLog(path, systemClock, { ...LAST_OUTPUT_FILE, secrets });
    file.line(`last output of command ${command}: ${text}`);
    file.close();
    log.line(`last output of command ${command} is in ${path}`);
  } catch (error) {
    log.line(`last output of command ${command} is lost: ${errorText(error)}`);
  }
}

function observerOptions({ rotateLengthBytes, maxRotatedFiles, rotatesDaily }: TacLog): LogOptions {
  return { rotateLengthBytes, maxRotatedFiles, rotatesDaily, format: "observer" };
}
