// Runs the workers of one buildbot.tac in this process until a signal ends it or all workers have ended.
import { dirname } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import type { KnownSecrets } from "../base/known-secrets.ts";
import { once } from "../base/once.ts";
import { hasProc, isWindows } from "../base/platform.ts";
import { version } from "../base/version.ts";
import { within } from "../base/waiting.ts";
import { ownSecrets, type TacConfig } from "../config/index.ts";
import { admissionFor, openWorkerRuntime, takeEnvironment } from "../worker/index.ts";
import { systemControl } from "./control.ts";
import { EXIT_BUG, EXIT_NO_MASTER } from "./exit-codes.ts";
import { type CheckedWorker, type HostedWorker, type OwnEnd, prepareWorker } from "./hosted-worker.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { type EndOption, watchLifetime } from "./lifetime.ts";
import { masterProtocol, masterTarget } from "./master-address.ts";
import { claimPidFile, pidPlace, removePidFile } from "./pid-file.ts";
import { applyEffects } from "./process-effects.ts";
import { type Monitor, openMonitor, openServiceNotices, type ProcessStatus } from "./status/index.ts";
import { type GracefulStop, StopRequest } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { logLabels, openWorkerLog, workerLogPath } from "./worker-log.ts";

/** Settings from the command line of `start`, in addition to the configuration. */
export interface RunMode {
  /** Log file if buildbot.tac sets up no log; `-` is standard output in any case. Default: twistd.log beside buildbot.tac. */
  readonly logPath?: string | undefined;
  /** Absolute working directory. Default: the directory of the buildbot.tac. */
  readonly directory?: string | undefined;
  /** Absolute path of the pid file. */
  readonly pidPath?: string | undefined;
  /** Applied unless a worker of the buildbot.tac sets one. */
  readonly umask?: number | undefined;
}

/** Longer than the ten seconds for a process that cannot be killed, but not endless if a file server does not respond. */
const STOP_LIMIT_MS = 15_000;

/**
 * Runs until all workers have ended, then ends this process: with an exit code, or by the SIGTERM or SIGINT that ended
 * them. Rejects with a usage error before anything is started.
 */
export async function runInForeground(config: TacConfig, mode: RunMode): Promise<never> {
  const startedAt = systemClock.date();
  const { options } = config;
  const remarks = applyEffects(config.effects);
  const checked = await checkedWorkers(config);
  const secrets = ownSecrets(config.workers, process.env);
  // First, because a base directory that is missing or not accessible is reported by the failure to open the log.
  const log = openWorkerLog(config, mode.logPath, secrets);
  const logLine = (text: string) => log.line(text);
  const directory = mode.directory ?? dirname(config.tacPath);
  process.chdir(directory);
  // Before the pid file is written, which other programs use to send signals.
  const stop = stopBySignals(config, log);
  let workers: readonly HostedWorker[] = [];
  const status = () => secrets.hideIn(statusOf(workers, startedAt));
  const closeControl = await systemControl()?.open(directory, {
    onStop: () => stop.ask("now"),
    onDrain: () => stop.ask("drain"),
    status,
  });
  // Before the workers remove variables from the environment that builds must not get.
  const notices = openServiceNotices(process.env, logLine);
  const pid = mode.pidPath === undefined ? undefined : pidPlace(directory, mode.pidPath);
  if (pid !== undefined) await claimPidFile(pid);
  // After the log is opened, because this umask is for the files of builds.
  if (mode.umask !== undefined) process.umask(mode.umask);
  for (const remark of remarks) logLine(remark);
  if (!hasProc && !isWindows)
    for (const line of await (await import("./without-proc.ts")).lostAbilities(options)) logLine(line);
  const preparing = await preparedWorkers(checked, config, { log, mode, secrets });
  const runtime = openWorkerRuntime({ clock: systemClock, controlGroups: config.options.cgroups, log: logLine });
  let monitor: Monitor | undefined;
  const drainAll = (by: GracefulStop["reason"] | EndOption) => {
    for (const worker of workers) worker.drain(by);
    monitor?.changed();
  };
  const hooks = {
    onChange: () => monitor?.changed(),
    onBuild: options.once ? once(() => drainAll("--once")) : undefined,
  };
  workers = preparing.map((onRuntime) => onRuntime(runtime, hooks));
  const end = () => Promise.all(workers.map((worker) => worker.stop())).then(() => runtime.close());
  endOnBug(
    (error) => logLine(stackText(error)),
    () => {
      monitor?.close();
      void end(); // kills running commands before it returns
      void leave(EXIT_BUG, logLine);
    },
  );
  stop.onGraceful(({ kind, reason }) => (kind === "ask" ? askAll(workers, `we got ${reason}`) : drainAll(reason)));
  const onTouch = (path: string) => askAll(workers, `${path} was touched`);
  for (const worker of workers) void worker.start(onTouch);
  monitor = await openMonitor({
    statusListen: options.status_listen,
    hasSocket: closeControl === undefined,
    status,
    notices,
    log: logLine,
  });
  const endLifetime = watchLifetime({
    clock: systemClock,
    idleTimeoutMs: options.idle_timeout * 1000,
    maxUptimeMs: options.max_uptime * 1000,
    idleMs: () => Math.min(...workers.map((worker) => worker.idleMs)),
    onLimit: drainAll,
  });
  const ends = Promise.all(workers.map((worker) => worker.ended));
  logRemainingWorkers(workers);
  void ends.then(() => stop.request());
  const signal = await stop.requested;
  endLifetime();
  monitor.close();
  await within(systemClock, end(), STOP_LIMIT_MS);
  closeControl?.();
  logLine("Main loop terminated.");
  logLine("Server Shut Down.");
  if (pid !== undefined) removePidFile(pid, logLine);
  return signal === undefined ? leave(stop.isAsked ? 0 : exitCode(await ends), logLine) : leaveBy(signal, logLine);
}

/** Throws a usage error if any of the workers has invalid settings. */
async function checkedWorkers({ workers, options, tacPath }: TacConfig): Promise<readonly CheckedWorker[]> {
  const checked: CheckedWorker[] = [];
  for (const settings of workers) {
    const worker = { settings, options, tacPath };
    checked.push({ ...worker, target: await masterTarget(worker), protocol: masterProtocol(worker) });
  }
  return checked;
}

/** Removes the passwords of all workers from this process's environment before any of them is prepared. */
async function preparedWorkers(
  checked: readonly CheckedWorker[],
  config: TacConfig,
  { log, mode, secrets }: { readonly log: TwistdLog; readonly mode: RunMode; readonly secrets: KnownSecrets },
) {
  const environment = takeEnvironment(
    config.workers.flatMap(({ passwordVariables }) => passwordVariables),
    config.options,
  );
  const labels = logLabels(config.workers);
  const ownFiles = [workerLogPath(config, mode.logPath), mode.pidPath, config.tacPath].filter(
    (one) => one !== undefined,
  );
  const admission = await admissionFor(config.options);
  const preparing: Awaited<ReturnType<typeof prepareWorker>>[] = [];
  for (const [index, worker] of checked.entries()) {
    const others = config.workers.filter((settings) => settings !== worker.settings);
    const otherBaseDirectories = others.map(({ basedir }) => basedir);
    const line = (text: string) => log.line(text, labels[index]);
    preparing.push(
      await prepareWorker(worker, { environment, ownFiles, otherBaseDirectories, admission, secrets, log: { line } }),
    );
  }
  return preparing;
}

function stopBySignals({ workers, log: { hasObserver }, options }: TacConfig, log: TwistdLog): StopRequest {
  const stop = new StopRequest({
    log,
    onSigterm: options.on_sigterm,
    onHangup: workers.some(({ allowShutdown }) => allowShutdown === "signal") ? "ask" : "default",
    onSecondSignal: (signal) => void leaveBy(signal, (sentence) => log.line(sentence)),
  });
  // Rotates twistd's own log. Without this handler Node.js would open a debugger port to all users of the host.
  process.on("SIGUSR1", () => {
    if (!log.reopen() && !hasObserver) log.rotate();
  });
  return stop;
}

function statusOf(workers: readonly HostedWorker[], startedAt: Date): ProcessStatus {
  const draining = workers.some((worker) => worker.isDraining);
  const reports = workers.map((worker) => worker.report());
  return { pid: process.pid, version, since: startedAt.toISOString(), draining, workers: reports };
}

function askAll(workers: readonly HostedWorker[], reason: string): void {
  for (const worker of workers) worker.ask(reason);
}

/** Logs the number of remaining workers whenever one has ended. */
function logRemainingWorkers(workers: readonly HostedWorker[]): void {
  let left = workers.length;
  for (const { ended, logLine } of workers) {
    void ended.then(() => {
      left -= 1;
      if (left > 0) logLine(`${left} other ${left === 1 ? "worker continues" : "workers continue"} in this process`);
    });
  }
}

function exitCode(ends: readonly OwnEnd[]): number {
  return ends.every((end) => end === "gave up") ? EXIT_NO_MASTER : 0;
}
