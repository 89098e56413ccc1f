// A worker as a service: the worker and its connection to the master, started and stopped together.
import { killOrphans } from "../process/crash-safety/index.ts";
import type { EndableConnection } from "./connection.ts";
import { ConnectionLoop, type ConnectionLoopOptions } from "./connection-loop.ts";
import type { ConnectionStatus } from "./connection-state.ts";
import type { SessionOptions } from "./conversation.ts";
import { pbConnection } from "./pb/index.ts";
import type { WorkerSetup } from "./settings.ts";
import type { ShutdownRequest } from "./shutdown-request.ts";
import { Worker } from "./worker.ts";
import { type WorkerReport, workerReport } from "./worker-report.ts";
import type { WorkerRuntime } from "./worker-runtime.ts";

export type Protocol = { readonly name: "pb" } | MsgpackProtocol;

interface MsgpackProtocol {
  readonly name: "msgpack";
  /** Of the URL. */
  readonly path: string;
  /** Offer compression of messages to the master; default: no. */
  readonly deflate?: boolean;
  /** Log each message without its payload; default: no. */
  readonly logsMessages?: boolean;
}

export interface WorkerServiceOptions
  extends Omit<SessionOptions, "worker">,
    Pick<ConnectionLoopOptions, "target" | "maxDelayMs" | "maxRetries" | "tacDirectory" | "onChange"> {
  readonly setup: WorkerSetup;
  readonly runtime: WorkerRuntime;
  /** Default: PB. */
  readonly protocol?: Protocol;
  /** Called when no more attempts to connect follow. */
  readonly onGivenUp: () => void;
}

export class WorkerService {
  readonly #options: WorkerServiceOptions;
  readonly #worker: Worker;
  readonly #connection: EndableConnection;
  readonly #loop: ConnectionLoop;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: WorkerServiceOptions) {
    const { setup, runtime, protocol = { name: "pb" }, ...connecting } = options;
    this.#options = options;
    this.#worker = new Worker(setup, runtime);
    const session = { ...connecting, worker: this.#worker };
    this.#connection = protocol.name === "pb" ? pbConnection(session) : msgpackConnection(protocol, session);
    this.#loop = new ConnectionLoop({
      ...setup,
      ...connecting,
      connection: this.#connection,
      onLost: () => this.#worker.connectionLost(),
      signal: this.#stop.signal,
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  connectionStatus(): ConnectionStatus {
    return this.#loop.status();
  }

  /** What runs, what ran, and the state of the connection. */
  report(): WorkerReport {
    return workerReport({
      name: this.#options.credentials.name,
      connection: this.#loop.status(),
      builders: this.#worker.builderNames(),
      history: this.#worker.history,
      backlogBytes: this.#connection.backlogBytes,
      disk: this.#options.setup.admission?.disk() ?? null,
      relayed: this.#connection.relayedReport(),
    });
  }

  /** Time since the last command ended; 0 while one is running. */
  get idleMs(): number {
    return this.#worker.history.idleMs;
  }

  /**
   * Asks the master for a graceful shutdown. Undefined while the worker is not logged in; no build is running then.
   */
  askShutdown(): ShutdownRequest | undefined {
    return this.#connection.askShutdown();
  }

  /** Number of running commands, which is 0 between the steps of a build. */
  get runningCommands(): number {
    return this.#worker.runningCommands;
  }

  /** Resolves when the connection is closed and no command is running. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#running, this.#worker.stop()]);
  }

  async #run(): Promise<void> {
    await killOrphans(this.#options.setup);
    if ((await this.#loop.run()) === "gave up") this.#options.onGivenUp();
  }
}

/** Loaded only if it is used, which is rare, but at the start: later the file may belong to another version. */
function msgpackConnection(
  { path, deflate = false, logsMessages = false }: MsgpackProtocol,
  session: SessionOptions,
): EndableConnection {
  let loaded: EndableConnection | undefined;
  const loading = import("./msgpack/msgpack-connection.ts").then(({ msgpackConnection: make }) => {
    loaded = make({ ...session, path, deflate, logsMessages });
    return loaded;
  });
  loading.catch(() => {}); // `run` rejects with it, which ends the worker: Node does not retry a failed import
  return {
    run: async (request) => (await loading).run(request),
    askShutdown: () => loaded?.askShutdown(),
    get backlogBytes() {
      return loaded?.backlogBytes ?? 0;
    },
    relayedReport: () => loaded?.relayedReport(),
  };
}
