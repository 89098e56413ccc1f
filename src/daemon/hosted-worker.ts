// One worker of this process, from its settings to its end. Independent of the other workers and of the end of the process.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { TacSettings, TacWorker } from "../config/index.ts";
import {
  type admissionFor,
  type WorkerReport,
  type WorkerRuntime,
  WorkerService,
  type WorkerServiceOptions,
  type WorkerSetup,
} from "../worker/index.ts";
import { GracefulShutdown } from "./graceful-shutdown.ts";
import type { EndOption } from "./lifetime.ts";
import { proxyText } from "./master-address.ts";
import { stampPath, watchTouches } from "./shutdown-stamp.ts";
import type { GracefulStop } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { keepLastOutput } from "./worker-log.ts";
import { configuredSetup, type SetupRequest } from "./worker-setup.ts";

/** A worker whose master's address and protocol are valid. */
export interface CheckedWorker extends TacWorker, Pick<WorkerServiceOptions, "target" | "protocol"> {}

export interface HostedWorkerOptions
  extends Pick<WorkerSetup, "environment" | "ownFiles" | "otherBaseDirectories">,
    Pick<SetupRequest, "secrets"> {
  /** Shared by the workers of the process. */
  readonly admission: Awaited<ReturnType<typeof admissionFor>>;
  /** Its lines have the worker's label. */
  readonly log: Pick<TwistdLog, "line">;
}

/** Why a worker ended by itself: `gave up` after `maxretries` failures. */
export type OwnEnd = "shut down" | "gave up";

/** Between the master's request to shut down, which is answered first, and the end. */
const SHUTDOWN_DELAY_MS = 200;
/** Used instead of a smaller `maxdelay`. */
const SHORTEST_MAX_DELAY_SECONDS = 1;

export type WorkerHooks = Pick<WorkerServiceOptions, "onChange" | "onBuild">;
type Preparation = Omit<WorkerServiceOptions, "runtime" | "onShutdown" | "onGivenUp" | keyof WorkerHooks>;

/** Resolves to a worker that waits for a runtime. Sets this process's umask if its settings have one. */
export async function prepareWorker(
  worker: CheckedWorker,
  { log, admission, secrets, ...context }: HostedWorkerOptions,
): Promise<(runtime: WorkerRuntime, hooks: WorkerHooks) => HostedWorker> {
  const { settings, options, tacPath, target, protocol } = worker;
  const logLine = (text: string) => log.line(text);
  if (settings.umask !== null) process.umask(settings.umask);
  const proxy = proxyText(settings, target);
  if (proxy !== undefined) logLine(proxy);
  logLine(`Starting Worker -- version: ${workerVersion()}`);
  recordHostname(settings.basedir, logLine);
  const preparation: Preparation = {
    setup: {
      ...(await configuredSetup({ settings, options, secrets, ...context, log: logLine })),
      ...context,
      admission: admission?.({ baseDirectory: settings.basedir, clock: systemClock, log: logLine }),
      onBug: (error) => logLine(stackText(error)),
      keepLastOutput: (command, text) => keepLastOutput(command, text, { directory: settings.basedir, log, secrets }),
      numcpus: settings.numcpus ?? undefined,
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      version: workerVersion(),
    },
    target,
    tacDirectory: dirname(tacPath),
    ...(protocol === undefined ? {} : { protocol }),
    credentials: { name: settings.workerName, password: settings.password },
    keepaliveMs: settings.keepaliveSeconds * 1000,
    keepaliveDeadlineMs: options.keepalive_deadline * 1000,
    maxDelayMs: longestDelaySeconds(settings, logLine) * 1000,
    maxRetries: settings.maxRetries ?? undefined,
  };
  return (runtime, hooks) => new HostedWorker({ ...preparation, ...hooks, runtime }, worker);
}

export class HostedWorker {
  /** Resolves when it ends by itself: the master shut it down, a graceful stop is complete, or it gave up. */
  readonly ended: Promise<OwnEnd>;
  readonly #settings: TacSettings;
  /** Logs a line with the worker's label. */
  readonly logLine: (text: string) => void;
  readonly #service: WorkerService;
  readonly #graceful: GracefulShutdown;
  readonly #drainLimitMs: number;
  #resolveEnded: (end: OwnEnd) => void = () => {};
  #touchWatch: { end(): void } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    request: Preparation & WorkerHooks & { readonly runtime: WorkerRuntime },
    { settings, options }: TacWorker,
  ) {
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#settings = settings;
    this.logLine = request.setup.log;
    this.#service = new WorkerService({
      ...request,
      onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => this.#end("shut down")),
      onGivenUp: () => this.#end("gave up"),
    });
    this.#drainLimitMs = options.drain_limit * 1000;
    this.#graceful = new GracefulShutdown({
      clock: systemClock,
      log: this.logLine,
      worker: this.#service,
      unaskedLimitMs: this.#drainLimitMs,
      quietMs: options.drain_quiet * 1000,
      onEnd: () => this.#end("shut down"),
    });
  }

  /** `onTouch` gets the path of the file that requests a shutdown when it is touched. */
  async start(onTouch: (path: string) => void): Promise<void> {
    const { allowShutdown, basedir } = this.#settings;
    if (allowShutdown === "signal") this.logLine("Setting up SIGHUP handler to initiate shutdown");
    if (allowShutdown === "file") {
      const stamp = stampPath(basedir);
      this.logLine(`Watching ${stamp}'s mtime to initiate shutdown`);
      this.#touchWatch = await watchTouches(stamp, { clock: systemClock, onTouch: () => onTouch(stamp) });
    }
    if (this.#stopped === undefined) this.#service.start();
    else this.#touchWatch?.end();
  }

  /** Ends it when its builds have ended, if its master agrees. */
  ask(reason: string): void {
    this.#graceful.ask(reason);
  }

  /** Ends it when its builds have ended. Only SIGTERM has a time limit. */
  drain(reason: GracefulStop["reason"] | EndOption): void {
    const limitMs = reason === "SIGTERM" ? this.#drainLimitMs : 0;
    this.#graceful.drain({ by: reason, limitMs, isPatient: reason.startsWith("--") });
  }

  get isDraining(): boolean {
    return this.#graceful.isDraining;
  }

  /** Time since a command ran last; 0 while one runs. */
  get idleMs(): number {
    return this.#service.idleMs;
  }

  report(): WorkerReport {
    return this.#service.report();
  }

  /** Kills running commands before it returns; resolves when all have ended and the connection is closed. Idempotent. */
  stop(): Promise<void> {
    this.#graceful.close();
    this.#touchWatch?.end();
    this.#stopped ??= this.#service.stop();
    return this.#stopped;
  }

  #end(how: OwnEnd): void {
    this.#resolveEnded(how);
    void this.stop();
  }
}

/** Some files have 0, from workers on which it had no effect. The limit prevents many attempts per second at a master. */
function longestDelaySeconds({ maxDelaySeconds }: TacSettings, logLine: (text: string) => void): number {
  if (maxDelaySeconds >= SHORTEST_MAX_DELAY_SECONDS) return maxDelaySeconds;
  logLine(`maxdelay is below ${SHORTEST_MAX_DELAY_SECONDS} second; using ${SHORTEST_MAX_DELAY_SECONDS}`);
  return SHORTEST_MAX_DELAY_SECONDS;
}

/** An administrator may override the reported version. */
function workerVersion(): string {
  return process.env["BUILDBOT_VERSION"] ?? version;
}

/** For base directories that are shared between hosts. */
function recordHostname(basedir: string, logLine: (text: string) => void): void {
  logLine("recording hostname in twistd.hostname");
  try {
    writeFileSync(join(basedir, "twistd.hostname"), `${hostname()}\n`);
  } catch (error) {
    logLine(`failed to record the hostname: ${String(error)}`);
  }
}
