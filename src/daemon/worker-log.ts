// Which log a worker writes: the one that its buildbot.tac sets up, else twistd's own, as the command line asks for it.
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { TacSettings } from "../config/tac-settings.ts";
import type { RunMode } from "./run-mode.ts";
import { type LogOptions, openStandardOutputLog, openTwistdLog, type TwistdLog } from "./twistd-log.ts";

/** What twistd's own log does: it is set aside at a million bytes, and every old one is kept. */
const RUNNER_LOG: LogOptions = { rotateLengthBytes: 1_000_000, maxRotatedFiles: null, format: "runner" };

/** Throws ERR_LOG_UNOPENED. */
export function openWorkerLog(settings: TacSettings, mode: RunMode): TwistdLog {
  const path = workerLogPath(settings, mode);
  const options = settings.logObserver ? observerOptions(settings) : RUNNER_LOG;
  return path === undefined ? openStandardOutputLog(systemClock, options) : openTwistdLog(path, systemClock, options);
}

/** Absolute; undefined for standard output. */
export function workerLogPath(settings: TacSettings, mode: RunMode): string | undefined {
  if (settings.logObserver) return settings.logPath ?? undefined;
  if (mode.logPath === "-") return undefined;
  return resolve(settings.basedir, mode.logPath ?? "twistd.log");
}

function observerOptions({ rotateLengthBytes, maxRotatedFiles }: TacSettings): LogOptions {
  return { rotateLengthBytes, maxRotatedFiles, format: "observer" };
}
