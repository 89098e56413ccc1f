// One worker of this process, from its settings to its end. It ends by itself or is stopped, and knows neither the other workers
// nor what the process does when one has ended.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { TacSettings, TacWorker } from "../config/index.ts";
import {
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
import type { GentleStop } from "./stop-request.ts";
import type { TwistdLog } from "./twistd-log.ts";
import { keepLastOutput } from "./worker-log.ts";
import { configuredSetup } from "./worker-setup.ts";

/** A worker whose master's address and protocol are valid. */
export interface CheckedWorker extends TacWorker, Pick<WorkerServiceOptions, "target" | "protocol"> {}

export interface HostedWorkerOptions extends Pick<WorkerSetup, "environment" | "ownFiles" | "otherBaseDirectories"> {
  /** Its lines have the worker's label. */
  readonly log: Pick<TwistdLog, "line">;
}

/** Why a worker ended by itself: `gave up` after as many failures as `maxretries` says. */
export type OwnEnd = "over" | "gave up";

/** Between a master's order to shut down, which is answered first, and the end. */
const SHUTDOWN_DELAY_MS = 200;
/** A smaller `maxdelay` is taken for this. */
const SHORTEST_MAX_DELAY_SECONDS = 1;

export type WorkerHooks = Pick<WorkerServiceOptions, "onChange" | "onBuild">;
type Preparation = Omit<WorkerServiceOptions, "runtime" | "onShutdown" | "onGivenUp" | keyof WorkerHooks>;

/** Resolves to a worker that waits for a runtime. Sets this process's umask if its settings have one. */
export async function prepareWorker(
  worker: CheckedWorker,
  { log, ...circumstances }: HostedWorkerOptions,
): Promise<(runtime: WorkerRuntime, hooks: WorkerHooks) => HostedWorker> {
  const { settings, options, tacPath, target, protocol } = worker;
  const say = (text: string) => log.line(text);
  if (settings.umask !== null) process.umask(settings.umask);
  const proxy = proxyText(settings, target);
  if (proxy !== undefined) say(proxy);
  say(`Starting Worker -- version: ${workerVersion()}`);
  recordHostname(settings.basedir, say);
  const preparation: Preparation = {
    setup: {
      ...(await configuredSetup({ settings, options, environment: circumstances.environment, log: say })),
      ...circumstances,
      onBug: (error) => say(stackText(error)),
      keepLastOutput: (command, text) => keepLastOutput(command, text, { directory: settings.basedir, log }),
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
    maxDelayMs: longestDelaySeconds(settings, say) * 1000,
    maxRetries: settings.maxRetries ?? undefined,
  };
  return (runtime, hooks) => new HostedWorker({ ...preparation, ...hooks, runtime }, worker);
}

export class HostedWorker {
  /** Resolves when it ends by itself: its master or a gentle stop wants it, or it gave up. */
  readonly over: Promise<OwnEnd>;
  readonly #settings: TacSettings;
  /** Logs a line with its label. */
  readonly say: (text: string) => void;
  readonly #service: WorkerService;
  readonly #graceful: GracefulShutdown;
  readonly #drainLimitMs: number;
  #resolveOver: (end: OwnEnd) => void = () => {};
  #touches: { end(): void } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    request: Preparation & WorkerHooks & { readonly runtime: WorkerRuntime },
    { settings, options }: TacWorker,
  ) {
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
    this.#settings = settings;
    this.say = request.setup.log;
    this.#service = new WorkerService({
      ...request,
      onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => this.#end("over")),
      onGivenUp: () => this.#end("gave up"),
    });
    this.#drainLimitMs = options.drain_limit * 1000;
    this.#graceful = new GracefulShutdown({
      clock: systemClock,
      log: this.say,
      worker: this.#service,
      unaskedLimitMs: this.#drainLimitMs,
      quietMs: options.drain_quiet * 1000,
      onOver: () => this.#end("over"),
    });
  }

  /** `onTouch` gets the path of the file whose touch asks this worker to end. */
  async start(onTouch: (path: string) => void): Promise<void> {
    const { allowShutdown, basedir } = this.#settings;
    if (allowShutdown === "signal") this.say("Setting up SIGHUP handler to initiate shutdown");
    if (allowShutdown === "file") {
      const stamp = stampPath(basedir);
      this.say(`Watching ${stamp}'s mtime to initiate shutdown`);
      this.#touches = await watchTouches(stamp, { clock: systemClock, onTouch: () => onTouch(stamp) });
    }
    if (this.#stopped === undefined) this.#service.start();
    else this.#touches?.end();
  }

  /** Ends it when its builds are over, if its master agrees. */
  ask(reason: string): void {
    this.#graceful.ask(reason);
  }

  /** Ends it when its builds are over. Only SIGTERM has a time limit. */
  drain(reason: GentleStop["reason"] | EndOption): void {
    const limitMs = reason === "SIGTERM" ? this.#drainLimitMs : 0;
    this.#graceful.drain({ by: reason, limitMs, isPatient: reason.startsWith("--") });
  }

  get isDraining(): boolean {
    return this.#graceful.isDraining;
  }

  /** How long no command has run; 0 while one does. */
  get idleMs(): number {
    return this.#service.idleMs;
  }

  report(): WorkerReport {
    return this.#service.report();
  }

  /** Kills what runs before it returns; resolves when its connection is closed and nothing runs. Harmless when repeated. */
  stop(): Promise<void> {
    this.#graceful.close();
    this.#touches?.end();
    this.#stopped ??= this.#service.stop();
    return this.#stopped;
  }

  #end(how: OwnEnd): void {
    this.#resolveOver(how);
    void this.stop();
  }
}

/** Files with 0 exist, from workers on which it had no effect. A master that refuses is not asked many times a second. */
function longestDelaySeconds({ maxDelaySeconds }: TacSettings, say: (text: string) => void): number {
  if (maxDelaySeconds >= SHORTEST_MAX_DELAY_SECONDS) return maxDelaySeconds;
  say(`maxdelay is below ${SHORTEST_MAX_DELAY_SECONDS} second; taken for ${SHORTEST_MAX_DELAY_SECONDS}`);
  return SHORTEST_MAX_DELAY_SECONDS;
}

/** An admin may call the worker another version than it is. */
function workerVersion(): string {
  return process.env["BUILDBOT_VERSION"] ?? version;
}

/** For people who share base directories between hosts. */
function recordHostname(basedir: string, say: (text: string) => void): void {
  say("recording hostname in twistd.hostname");
  try {
    writeFileSync(join(basedir, "twistd.hostname"), `${hostname()}\n`);
  } catch (error) {
    say(`failed to record the hostname: ${String(error)}`);
  }
}
