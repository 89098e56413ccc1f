// Runs the workers of one buildbot.tac in this process until a signal ends it or all of them have ended, and logs what happens.
import { dirname } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import { once } from "../base/once.ts";
import { version } from "../base/version.ts";
import { within } from "../base/waiting.ts";
import type { TacConfig } from "../config/index.ts";
import { openWorkerRuntime, takeEnvironment } from "../worker/index.ts";
import { EXIT_BUG, EXIT_NO_MASTER } from "./exit-codes.ts";
import { type CheckedWorker, type HostedWorker, type OwnEnd, prepareWorker } from "./hosted-worker.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { type EndOption, watchLifetime } from "./lifetime.ts";
import { masterProtocol, masterTarget } from "./master-address.ts";
import { claimPidFile, pidPlace, removePidFile } from "./pid-file.ts";
import { applyEffects } from "./process-effects.ts";
import { type Monitor, openMonitor, openServiceNotices, type ProcessStatus } from "./status/index.ts";
import { type GentleStop, StopRequest } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { logLabels, openWorkerLog, workerLogPath } from "./worker-log.ts";

/** How `start` asks for workers to be run, beside what their configuration says. */
export interface RunMode {
  /** Where to log when buildbot.tac sets up no log; `-` is standard output even when it does. Default: twistd.log beside it. */
  readonly logPath?: string | undefined;
  /** Absolute: where to work. Default: the directory of the buildbot.tac. */
  readonly directory?: string | undefined;
  /** Absolute path of a file to write our pid to. */
  readonly pidPath?: string | undefined;
  /** Applied unless a worker of the buildbot.tac has one. */
  readonly umask?: number | undefined;
}

/** Longer than the ten seconds for a process that cannot die. A dead file server is not waited for any longer. */
const STOP_LIMIT_MS = 15_000;

/**
 * Runs until all workers have ended, and this process with them: with an exit code, or by the SIGTERM or SIGINT that ended
 * them. Rejects with usage errors before anything was started.
 */
export async function runInForeground(config: TacConfig, mode: RunMode): Promise<never> {
  const began = systemClock.date();
  const { options } = config;
  const remarks = applyEffects(config.effects);
  const checked = await checkedWorkers(config);
  // First, since its error is the usual one for a base directory that is missing or not ours.
  const log = openWorkerLog(config, mode.logPath);
  const say = (text: string) => log.line(text);
  const directory = mode.directory ?? dirname(config.tacPath);
  process.chdir(directory);
  // Before the pid file tells others where to send signals.
  const stop = stopBySignals(config, log);
  // Before the workers remove from the environment what builds must not get.
  const notices = openServiceNotices(process.env, say);
  const pid = mode.pidPath === undefined ? undefined : pidPlace(directory, mode.pidPath);
  if (pid !== undefined) await claimPidFile(pid);
  // After the log is opened, which others may read whatever the permissions of the builds' files.
  if (mode.umask !== undefined) process.umask(mode.umask);
  for (const remark of remarks) say(remark);
  const preparing = await preparedWorkers(checked, config, { log, mode });
  const runtime = openWorkerRuntime({ clock: systemClock, controlGroups: config.options.cgroups, log: say });
  let monitor: Monitor | undefined;
  const drainAll = (by: GentleStop["reason"] | EndOption) => {
    for (const worker of workers) worker.drain(by);
    monitor?.changed();
  };
  const hooks = {
    onChange: () => monitor?.changed(),
    onBuild: options.once ? once(() => drainAll("--once")) : undefined,
  };
  const workers = preparing.map((onRuntime) => onRuntime(runtime, hooks));
  const end = () => Promise.all(workers.map((worker) => worker.stop())).then(() => runtime.close());
  endOnBug(
    (error) => say(stackText(error)),
    () => {
      monitor?.close();
      void end(); // kills what runs before it returns
      void leave(EXIT_BUG, say);
    },
  );
  stop.onGentle(({ kind, reason }) => (kind === "ask" ? askAll(workers, `we got ${reason}`) : drainAll(reason)));
  const onTouch = (path: string) => askAll(workers, `${path} was touched`);
  for (const worker of workers) void worker.start(onTouch);
  monitor = await openMonitor({
    statusListen: options.status_listen,
    status: () => statusOf(workers, began),
    notices,
    log: say,
  });
  const endLifetime = watchLifetime({
    clock: systemClock,
    idleTimeoutMs: options.idle_timeout * 1000,
    maxUptimeMs: options.max_uptime * 1000,
    idleMs: () => Math.min(...workers.map((worker) => worker.idleMs)),
    onOver: drainAll,
  });
  const ends = Promise.all(workers.map((worker) => worker.over));
  logOthers(workers);
  void ends.then(() => stop.request());
  const signal = await stop.requested;
  endLifetime();
  monitor.close();
  await within(systemClock, end(), STOP_LIMIT_MS);
  say("Main loop terminated.");
  say("Server Shut Down.");
  if (pid !== undefined) removePidFile(pid, say);
  return signal === undefined ? leave(exitCode(await ends), say) : leaveBy(signal, say);
}

/** Throws usage errors, also when one of several cannot be started. */
async function checkedWorkers({ workers, options, tacPath }: TacConfig): Promise<readonly CheckedWorker[]> {
  const checked: CheckedWorker[] = [];
  for (const settings of workers) {
    const worker = { settings, options, tacPath };
    checked.push({ ...worker, target: await masterTarget(worker), protocol: masterProtocol(worker) });
  }
  return checked;
}

/** The passwords of all workers leave this process's environment before one of them is ready. */
async function preparedWorkers(
  checked: readonly CheckedWorker[],
  config: TacConfig,
  { log, mode }: { readonly log: TwistdLog; readonly mode: RunMode },
) {
  const environment = takeEnvironment(config.workers.flatMap(({ passwordVariables }) => passwordVariables));
  const labels = logLabels(config.workers);
  const ownFiles = [workerLogPath(config, mode.logPath), mode.pidPath, config.tacPath].filter(
    (one) => one !== undefined,
  );
  const preparing: Awaited<ReturnType<typeof prepareWorker>>[] = [];
  for (const [index, worker] of checked.entries()) {
    const others = config.workers.filter((settings) => settings !== worker.settings);
    const otherBaseDirectories = others.map(({ basedir }) => basedir);
    const line = (text: string) => log.line(text, labels[index]);
    preparing.push(await prepareWorker(worker, { environment, ownFiles, otherBaseDirectories, log: { line } }));
  }
  return preparing;
}

/** Installs the signal handlers of a worker. */
function stopBySignals({ workers, log: { hasObserver }, options }: TacConfig, log: TwistdLog): StopRequest {
  const stop = new StopRequest({
    log,
    onSigterm: options.on_sigterm,
    onHangup: workers.some(({ allowShutdown }) => allowShutdown === "signal") ? "ask" : "default",
    onSecondSignal: (signal) => void leaveBy(signal, (sentence) => log.line(sentence)),
  });
  // Twistd's own log is rotated. Without this handler Node.js would open a debugger to all users of the host.
  process.on("SIGUSR1", () => {
    if (!log.reopen() && !hasObserver) log.rotate();
  });
  return stop;
}

function statusOf(workers: readonly HostedWorker[], began: Date): ProcessStatus {
  const draining = workers.some((worker) => worker.isDraining);
  const reports = workers.map((worker) => worker.report());
  return { pid: process.pid, version, since: began.toISOString(), draining, workers: reports };
}

function askAll(workers: readonly HostedWorker[], reason: string): void {
  for (const worker of workers) worker.ask(reason);
}

/** Logs when one worker has ended and others go on. */
function logOthers(workers: readonly HostedWorker[]): void {
  let left = workers.length;
  for (const { over, say } of workers) {
    void over.then(() => {
      left -= 1;
      if (left > 0)
        say(`${left} other ${left === 1 ? "worker" : "workers"} of this process ${left === 1 ? "goes" : "go"} on`);
    });
  }
}

function exitCode(ends: readonly OwnEnd[]): number {
  return ends.every((end) => end === "gave up") ? EXIT_NO_MASTER : 0;
}
