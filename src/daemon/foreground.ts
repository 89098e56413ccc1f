// Runs one worker in this process until a signal or its master ends it, and says in its log what happens.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock, type Timer } from "../base/clock.ts";
import { tuneForStart } from "../base/engine.ts";
import { version } from "../base/version.ts";
import { environmentSource, ownOptions, readTac, readTacFile, type TacSettings } from "../config/index.ts";
import { openEncodings, takeEnvironment, WorkerService } from "../worker/index.ts";
import { EXIT_BUG, EXIT_NO_MASTER } from "./exit-codes.ts";
import { GracefulShutdown } from "./graceful-shutdown.ts";
import { leave, leaveBy } from "./leave.ts";
import { masterProtocol, masterTarget, proxyText } from "./master-address.ts";
import { claimPidFile, pidPlace, removePidFile } from "./pid-file.ts";
import type { RunMode } from "./run-mode.ts";
import { ShutdownStamp, stampPath } from "./shutdown-stamp.ts";
import { StopRequest } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { keepLastOutput, openWorkerLog, workerLogPath } from "./worker-log.ts";

/** Between a master's order to shut down, which is answered first, and the end. */
const SHUTDOWN_DELAY_MS = 200;
/** A process that cannot die is waited for for ten seconds; a dead file server, not for ever. */
const STOP_LIMIT_MS = 15_000;
/** Below it, `maxdelay` bounds nothing that is worth it. */
const SHORTEST_MAX_DELAY_SECONDS = 1;

/**
 * Runs until the worker has ended, and this process with it: with an exit code, or by the SIGTERM or SIGINT that ended the
 * worker. Rejects with usage errors before anything was started.
 */
export async function runInForeground(directory: string, mode: RunMode = {}): Promise<never> {
  tuneForStart();
  const tac = readTacFile(directory);
  const { settings, own } = readTac(tac.text, { path: tac.path, directory, environment: process.env });
  const options = ownOptions([...(mode.own ?? []), environmentSource(process.env), own]);
  const target = await masterTarget(settings, options, tac.path);
  const protocol = masterProtocol(settings, options, tac.path);
  // First, since its error is the one that people know for a base directory that is missing or not ours.
  const log = openWorkerLog(settings, mode);
  process.chdir(directory);
  // Before the pid file tells others where to send signals.
  const hangup = settings.allowShutdown === "signal";
  const lastWord = (sentence: string) => log.line(sentence);
  const stop = new StopRequest({
    log,
    onSigterm: options.on_sigterm,
    onHangup: hangup ? "ask" : "default",
    onImpatience: (signal) => void leaveBy(signal, lastWord),
  });
  // Twistd's own log is set aside. Without a handler of ours Node would open a debugger to all users of the host.
  process.on("SIGUSR1", () => {
    if (!log.reopen() && !settings.logObserver) log.rotate();
  });
  const pid = mode.pidPath === undefined ? undefined : pidPlace(directory, mode.pidPath);
  if (pid !== undefined) await claimPidFile(pid);
  // Behind the log, which others may read whatever the builds' files are.
  const umask = settings.umask ?? mode.umask;
  if (umask !== undefined) process.umask(umask);
  const onBug = (error: unknown) => log.line(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const proxy = proxyText(settings, target);
  if (proxy !== undefined) log.line(proxy);
  log.line(`Starting Worker -- version: ${workerVersion()}`);
  recordHostname(settings.basedir, log);
  const environment = takeEnvironment(settings.passwordVariables);
  const encodings = await openEncodings({
    configured: settings.unicodeEncoding,
    environment: process.env,
    log: (text) => log.line(text),
  });
  let exitCode = 0;
  const service = new WorkerService({
    settings: {
      baseDirectory: settings.basedir,
      environment,
      clock: systemClock,
      rules: {
        leftovers: options.leftovers,
        controlGroups: options.cgroups,
        lingerLimitMs: options.linger_limit * 1000,
        lineLimitBytes: options.line_limit,
        backlogLimitBytes: options.backlog_limit,
        ...encodings,
      },
      log: (text) => log.line(text),
      onBug,
      keepLastOutput: (command, text) => keepLastOutput(command, text, { directory: settings.basedir, log }),
      numcpus: settings.numcpus ?? undefined,
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      ownFiles: [workerLogPath(settings, mode), mode.pidPath].filter((path) => path !== undefined),
      version: workerVersion(),
    },
    target,
    protocol,
    credentials: { name: settings.workerName, password: settings.password },
    keepaliveSeconds: settings.keepaliveSeconds,
    keepaliveDeadlineSeconds: options.keepalive_deadline,
    maxDelaySeconds: longestDelaySeconds(settings, log),
    maxRetries: settings.maxRetries ?? undefined,
    onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => stop.request()),
    onGivenUp: () => {
      exitCode = EXIT_NO_MASTER;
      stop.request();
    },
  });
  let isFailing = false;
  const fatal = (error: unknown) => {
    onBug(error);
    if (isFailing) return;
    isFailing = true;
    void service.stop(); // kills what runs before it returns
    void leave(EXIT_BUG, lastWord);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
  const graceful = new GracefulShutdown({
    clock: systemClock,
    log: (text) => log.line(text),
    worker: service,
    unaskedLimitMs: options.drain_limit * 1000,
    quietMs: options.drain_quiet * 1000,
    onOver: () => stop.request(),
  });
  stop.onGentle(({ kind, reason }) => {
    if (kind === "ask") graceful.ask(`we got ${reason}`);
    else graceful.drain({ by: reason, limitMs: reason === "SIGTERM" ? options.drain_limit * 1000 : 0 });
  });
  const stamp = stampPath(settings.basedir);
  const touches = new ShutdownStamp(stamp, {
    clock: systemClock,
    onTouch: () => graceful.ask(`${stamp} was touched`),
  });
  if (hangup) log.line("Setting up SIGHUP handler to initiate shutdown");
  if (settings.allowShutdown === "file") {
    log.line(`Watching ${stamp}'s mtime to initiate shutdown`);
    await touches.start();
  }
  service.start();
  const signal = await stop.requested;
  touches.end();
  graceful.close();
  await withinStopLimit(service.stop());
  log.line("Main loop terminated.");
  log.line("Server Shut Down.");
  if (pid !== undefined) removePidFile(pid, lastWord);
  return signal === undefined ? leave(exitCode, lastWord) : leaveBy(signal, lastWord);
}

/** Resolves when `stopping` does, or has had its time. */
async function withinStopLimit(stopping: Promise<void>): Promise<void> {
  let timer: Timer | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = systemClock.after(STOP_LIMIT_MS, resolve);
  });
  await Promise.race([stopping, limit]);
  timer?.cancel();
}

/** Files with 0 exist, from workers on which it had no effect; a master that refuses is not asked many times a second. */
function longestDelaySeconds({ maxDelaySeconds }: TacSettings, log: TwistdLog): number {
  if (maxDelaySeconds >= SHORTEST_MAX_DELAY_SECONDS) return maxDelaySeconds;
  log.line(`maxdelay is below ${SHORTEST_MAX_DELAY_SECONDS} second; taken for ${SHORTEST_MAX_DELAY_SECONDS}`);
  return SHORTEST_MAX_DELAY_SECONDS;
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
