// Runs one worker in this process until a signal or its master ends it, and says in its log what happens.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { within } from "../base/waiting.ts";
import type { TacConfig, TacSettings, TacWorker } from "../config/index.ts";
import { openWorkerRuntime, WorkerService, type WorkerServiceOptions } from "../worker/index.ts";
import { EXIT_BUG, EXIT_NO_MASTER } from "./exit-codes.ts";
import { GracefulShutdown } from "./graceful-shutdown.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { masterProtocol, masterTarget, proxyText } from "./master-address.ts";
import { claimPidFile, pidPlace, removePidFile } from "./pid-file.ts";
import { stampPath, watchTouches } from "./shutdown-stamp.ts";
import { StopRequest } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { keepLastOutput, openWorkerLog, workerLogPath } from "./worker-log.ts";
import { configuredSetup } from "./worker-setup.ts";

/** How `start` asks for a worker to be run, beside what its configuration says. */
export interface RunMode {
  /** Where to log when the buildbot.tac sets no log observer; `-` is standard output. Default: BASEDIR/twistd.log. */
  readonly logPath?: string | undefined;
  /** Absolute path of a file to write our pid to. */
  readonly pidPath?: string | undefined;
  /** Applied unless the buildbot.tac has one. */
  readonly umask?: number | undefined;
}

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
export async function runInForeground(config: TacConfig, mode: RunMode): Promise<never> {
  const { options, tacPath } = config;
  const [settings] = config.workers;
  const worker = { settings, options, tacPath };
  const target = await masterTarget(worker);
  const protocol = masterProtocol(worker);
  // First, since its error is the one that people know for a base directory that is missing or not ours.
  const log = openWorkerLog(config, mode.logPath);
  const say = (text: string) => log.line(text);
  const directory = dirname(config.tacPath);
  process.chdir(directory);
  // Before the pid file tells others where to send signals.
  const stop = stopBySignals(config, log);
  const pid = mode.pidPath === undefined ? undefined : pidPlace(directory, mode.pidPath);
  if (pid !== undefined) await claimPidFile(pid);
  // Behind the log, which others may read whatever the builds' files are.
  const umask = settings.umask ?? mode.umask;
  if (umask !== undefined) process.umask(umask);
  const proxy = proxyText(settings, target);
  if (proxy !== undefined) say(proxy);
  say(`Starting Worker -- version: ${workerVersion()}`);
  recordHostname(settings.basedir, log);
  const logPath = workerLogPath(config, mode.logPath);
  const setup = await workerSetup(worker, [logPath, mode.pidPath], log);
  const connection = connectionSettings(worker, log);
  const runtime = openWorkerRuntime({ clock: systemClock, controlGroups: options.cgroups, log: say });
  let exitCode = 0;
  const service = new WorkerService({
    setup,
    runtime,
    target,
    protocol,
    ...connection,
    onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => stop.request()),
    onGivenUp: () => {
      exitCode = EXIT_NO_MASTER;
      stop.request();
    },
  });
  const end = () => service.stop().then(() => runtime.close());
  endOnBug(setup.onBug, () => {
    void end(); // kills what runs before it returns
    void leave(EXIT_BUG, say);
  });
  const shutdown = await watchForShutdown(service, worker, { stop, say });
  service.start();
  const signal = await stop.requested;
  shutdown.close();
  await within(systemClock, end(), STOP_LIMIT_MS);
  say("Main loop terminated.");
  say("Server Shut Down.");
  if (pid !== undefined) removePidFile(pid, say);
  return signal === undefined ? leave(exitCode, say) : leaveBy(signal, say);
}

/** From here on signals do what they do to a worker. */
function stopBySignals({ workers: [settings], log: { hasObserver }, options }: TacConfig, log: TwistdLog): StopRequest {
  const stop = new StopRequest({
    log,
    onSigterm: options.on_sigterm,
    onHangup: settings.allowShutdown === "signal" ? "ask" : "default",
    onSecondSignal: (signal) => void leaveBy(signal, (sentence) => log.line(sentence)),
  });
  // Twistd's own log is set aside. Without a handler of ours Node would open a debugger to all users of the host.
  process.on("SIGUSR1", () => {
    if (!log.reopen() && !hasObserver) log.rotate();
  });
  return stop;
}

async function workerSetup(
  { settings, options }: TacWorker,
  ownFiles: readonly (string | undefined)[],
  log: TwistdLog,
): Promise<WorkerServiceOptions["setup"]> {
  const place = { directory: settings.basedir, log };
  return {
    ...(await configuredSetup({ settings, options, log: (text) => log.line(text) })),
    onBug: (error) => log.line(stackText(error)),
    keepLastOutput: (command, text) => keepLastOutput(command, text, place),
    numcpus: settings.numcpus ?? undefined,
    deleteLeftoverDirs: settings.deleteLeftoverDirs,
    ownFiles: ownFiles.filter((path) => path !== undefined),
    version: workerVersion(),
  };
}

function connectionSettings({ settings, options }: TacWorker, log: TwistdLog) {
  return {
    credentials: { name: settings.workerName, password: settings.password },
    keepaliveMs: settings.keepaliveSeconds * 1000,
    keepaliveDeadlineMs: options.keepalive_deadline * 1000,
    maxDelayMs: longestDelaySeconds(settings, log) * 1000,
    maxRetries: settings.maxRetries ?? undefined,
  };
}

interface ShutdownWatch {
  readonly stop: StopRequest;
  readonly say: (text: string) => void;
}

/** Has signals and touches of the stamp file, as far as the configuration allows them, end the worker after its builds. */
async function watchForShutdown(
  service: WorkerService,
  { settings, options }: TacWorker,
  { stop, say }: ShutdownWatch,
): Promise<{ close(): void }> {
  const drainLimitMs = options.drain_limit * 1000;
  const graceful = new GracefulShutdown({
    clock: systemClock,
    log: say,
    worker: service,
    unaskedLimitMs: drainLimitMs,
    quietMs: options.drain_quiet * 1000,
    onOver: () => stop.request(),
  });
  stop.onGentle(({ kind, reason }) => {
    if (kind === "ask") graceful.ask(`we got ${reason}`);
    else graceful.drain({ by: reason, limitMs: reason === "SIGTERM" ? drainLimitMs : 0 });
  });
  const stamp = stampPath(settings.basedir);
  let touches: { end(): void } | undefined;
  if (settings.allowShutdown === "signal") say("Setting up SIGHUP handler to initiate shutdown");
  if (settings.allowShutdown === "file") {
    say(`Watching ${stamp}'s mtime to initiate shutdown`);
    touches = await watchTouches(stamp, { clock: systemClock, onTouch: () => graceful.ask(`${stamp} was touched`) });
  }
  return {
    close() {
      touches?.end();
      graceful.close();
    },
  };
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
