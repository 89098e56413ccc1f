// Keeps a worker connected: connect, stay, and come back after every end, until it is told to stop.
import type { Timer } from "../base/clock.ts";
import { registry } from "../commands/registry.ts";
import { PipePool } from "../process/pipes.ts";
import { Supervisor } from "../process/supervisor.ts";
import type { Credentials } from "../session/pb/login.ts";
import { backoffDelayMs } from "../transport/backoff.ts";
import type { Address } from "../transport/tcp.ts";
import { type ConnectionEnd, runPbConnection } from "./pb-connection.ts";
import type { WorkerSettings } from "./settings.ts";
import { Worker } from "./worker.ts";

export interface WorkerServiceOptions {
  readonly settings: Omit<WorkerSettings, "pipes" | "supervisor" | "commands">;
  readonly address: Address;
  readonly credentials: Credentials;
  readonly keepaliveSeconds: number;
  readonly maxDelaySeconds: number;
  /** The master wants this process to end. */
  readonly onShutdown: () => void;
}

export class WorkerService {
  readonly #options: WorkerServiceOptions;
  readonly #pipes: PipePool;
  readonly #supervisor: Supervisor;
  readonly #worker: Worker;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #endWaiting: () => void = () => {};

  constructor(options: WorkerServiceOptions) {
    const { settings } = options;
    this.#options = options;
    this.#pipes = new PipePool({
      onFallback: (reason) => settings.log(`cannot make pipes for commands, using sockets instead: ${reason}`),
    });
    this.#supervisor = new Supervisor({
      clock: settings.clock,
      onFailure: (reason) => settings.log(`commands may outlive this worker if it is killed: ${reason}`),
    });
    this.#worker = new Worker({
      ...settings,
      commands: registry,
      pipes: this.#pipes,
      supervisor: this.#supervisor,
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the link is closed and no command runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#endWaiting();
    await Promise.all([this.#running, this.#worker.stop()]);
    this.#pipes.close();
    await this.#supervisor.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      const end = await runPbConnection({ ...this.#options, worker: this.#worker, signal });
      if (signal.aborted) return;
      failures = end.wasReady ? 1 : failures + 1;
      await this.#waitAfter(end, failures);
    }
  }

  async #waitAfter({ cause }: ConnectionEnd, failures: number): Promise<void> {
    const { settings, address, maxDelaySeconds } = this.#options;
    const delayMs = backoffDelayMs(failures, maxDelaySeconds * 1000);
    settings.log(cause.message);
    settings.log(
      `Scheduling retry ${failures} to connect ${address.host}:${address.port} in ${(delayMs / 1000).toFixed(3)} seconds.`,
    );
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      timer = settings.clock.after(delayMs, resolve);
      this.#endWaiting = resolve;
    });
    timer?.cancel();
  }
}
