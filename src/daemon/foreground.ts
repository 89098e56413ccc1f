// Runs one worker in this process until a signal or its master ends it, and says in its log what happens.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { version } from "../base/version.ts";
import { environmentSource, ownOptions } from "../config/own-options.ts";
import { readTac } from "../config/tac.ts";
import { readTacFile } from "../config/tac-file.ts";
import { WorkerService } from "../worker/worker-service.ts";
import { EXIT_BUG } from "./exit-codes.ts";
import { ignoredSettings } from "./ignored-settings.ts";
import { masterAddress } from "./master-address.ts";
import { claimPidFile, pidPlace, removePidFile } from "./pid-file.ts";
import type { RunMode } from "./run-mode.ts";
import { StopRequest } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { openWorkerLog } from "./worker-log.ts";

/** Between a master's order to shut down, which is answered first, and the end. */
const SHUTDOWN_DELAY_MS = 200;

/**
 * Resolves to the exit code once the worker has ended, but for the end by SIGTERM or SIGINT, which this process then
 * dies of. Throws usage errors before anything was started.
 */
export async function runInForeground(directory: string, mode: RunMode = {}): Promise<number> {
  const tac = readTacFile(directory);
  const { settings, own } = readTac(tac.text, { path: tac.path, directory, environment: process.env });
  const options = ownOptions([...(mode.own ?? []), environmentSource(process.env), own]);
  const address = masterAddress(settings, tac.path);
  // First, since its error is the one that people know for a base directory that is missing or not ours.
  const log = openWorkerLog(settings, mode);
  process.chdir(directory);
  // Before the pid file tells others where to send signals.
  const stop = new StopRequest(log);
  // As twistd's own log does. Without a handler of ours Node would open a debugger to all users of the host.
  process.on("SIGUSR1", () => {
    if (!settings.logObserver) log.rotate();
  });
  const pid = mode.pidPath === undefined ? undefined : pidPlace(directory, mode.pidPath);
  if (pid !== undefined) await claimPidFile(pid);
  // Behind the log, which others may read whatever the builds' files are.
  const umask = settings.umask ?? mode.umask;
  if (umask !== undefined) process.umask(umask);
  const onBug = (error: unknown) => log.line(error instanceof Error ? (error.stack ?? error.message) : String(error));
  log.line(`Starting Worker -- version: ${workerVersion()}`);
  for (const sentence of ignoredSettings(settings, tac.path)) log.line(sentence);
  recordHostname(settings.basedir, log);
  const service = new WorkerService({
    settings: {
      baseDirectory: settings.basedir,
      environment: process.env,
      clock: systemClock,
      rules: {
        leftovers: options.leftovers,
        lingerLimitMs: options.linger_limit * 1000,
        lineLimitBytes: options.line_limit,
      },
      log: (text) => log.line(text),
      onBug,
      numcpus: settings.numcpus ?? undefined,
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      version: workerVersion(),
    },
    address,
    credentials: { name: settings.workerName, password: settings.password },
    keepaliveSeconds: settings.keepaliveSeconds,
    maxDelaySeconds: settings.maxDelaySeconds,
    onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => stop.request()),
  });
  const fatal = (error: unknown) => {
    onBug(error);
    void service.stop(); // kills what runs before it returns
    process.exit(EXIT_BUG);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
  service.start();
  const signal = await stop.requested;
  await service.stop();
  log.line("Main loop terminated.");
  log.line("Server Shut Down.");
  log.close();
  if (pid !== undefined) removePidFile(pid);
  stop.end();
  if (signal !== undefined) process.kill(process.pid, signal);
  return 0;
}

/** An admin may call the worker another version than it is. */
function workerVersion(): string {
  return process.env["BUILDBOT_VERSION"] ?? version;
}

/** For people who share base directories between hosts. */
function recordHostname(basedir: string, log: TwistdLog): void {
  log.line("recording hostname in twistd.hostname");
  try {
    writeFileSync(join(basedir, "twistd.hostname"), `${hostname()}\n`);
  } catch (error) {
    log.line(`failed to record the hostname: ${String(error)}`);
  }
}
