// A worker in this process, in a base directory of its own, connected to a master on loopback.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import type { MasterTarget } from "../../src/transport/master-target.ts";
import type { WorkerSetup } from "../../src/worker/settings.ts";
import { openWorkerRuntime } from "../../src/worker/worker-runtime.ts";
import { type Protocol, WorkerService } from "../../src/worker/worker-service.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { tcpTarget } from "./tcp-target.ts";

export interface TestWorkerOptions {
  readonly port: number;
  readonly password?: string;
  readonly keepaliveSeconds?: number;
  readonly keepaliveDeadlineSeconds?: number;
  /** The default is short, since tests wait for the next attempt to connect. */
  readonly maxDelaySeconds?: number;
  readonly maxRetries?: number;
  /** The default is the port of this host. */
  readonly target?: MasterTarget;
  readonly settings?: Partial<WorkerSetup>;
  /** Default: PB. */
  readonly protocol?: Protocol;
}

export interface TestWorker {
  readonly basedir: string;
  readonly log: readonly string[];
  readonly bugs: readonly unknown[];
  /** The last outputs of lost commands. */
  readonly kept: readonly string[];
  readonly shutdowns: readonly string[];
  /** One for each time that the service said so. */
  readonly givenUp: readonly string[];
  readonly service: WorkerService;
  /** Stops it and removes its directory. */
  end(): Promise<void>;
}

export async function startTestWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const basedir = await mkdtemp(join(tmpdir(), "buildhand-worker-"));
  const log: string[] = [];
  const bugs: unknown[] = [];
  const kept: string[] = [];
  const shutdowns: string[] = [];
  const givenUp: string[] = [];
  const setup: WorkerSetup = {
    baseDirectory: basedir,
    environment: { PATH: process.env["PATH"], HOME: basedir },
    clock: systemClock,
    log: (text) => void log.push(text),
    onBug: (error) => void bugs.push(error),
    keepLastOutput: (command, text) => void kept.push(`command ${command}: ${text}`),
    numcpus: undefined,
    deleteLeftoverDirs: false,
    rules: { ...DEFAULT_RULES },
    version: "0.0.0",
    ...options.settings,
  };
  const runtime = openWorkerRuntime({ clock: setup.clock, controlGroups: "auto", log: setup.log });
  const service = new WorkerService({
    setup,
    runtime,
    target: options.target ?? tcpTarget("127.0.0.1", options.port),
    credentials: { name: "w1", password: options.password ?? "sekret" },
    keepaliveMs: (options.keepaliveSeconds ?? 0) * 1000,
    keepaliveDeadlineMs: (options.keepaliveDeadlineSeconds ?? 120) * 1000,
    maxDelayMs: (options.maxDelaySeconds ?? 0.05) * 1000,
    maxRetries: options.maxRetries,
    ...(options.protocol === undefined ? {} : { protocol: options.protocol }),
    onShutdown: () => shutdowns.push("asked"),
    onGivenUp: () => givenUp.push("given up"),
  });
  service.start();
  return {
    basedir,
    log,
    bugs,
    kept,
    shutdowns,
    givenUp,
    service,
    async end() {
      await service.stop();
      await runtime.close();
      await rm(basedir, { recursive: true });
    },
  };
}
