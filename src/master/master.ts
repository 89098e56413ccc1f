// The buildmaster: joins store, workers, schedulers and builds, and is what listeners and the status page hold. Knows no
// protocol, and no page.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { AttachedWorkers, type Attachment } from "./attached-workers.ts";
import { Changes } from "./changes.ts";
import { Orders } from "./control.ts";
import { Dispatcher } from "./dispatcher.ts";
import { masterErrors } from "./errors.ts";
import { FreeSpace } from "./free-space.ts";
import { Housekeeping } from "./housekeeping.ts";
import type { MasterConfig } from "./master-config.ts";
import type {
  BuildDetail,
  BuilderView,
  BuildQuery,
  BuildView,
  Change,
  LogLine,
  MasterView,
  RequestView,
  WorkerView,
} from "./master-view.ts";
import { PendingWrites } from "./pending-writes.ts";
import { type PeriodicSchedule, periodicSchedules } from "./schedule/index.ts";
import { Store } from "./store/index.ts";
import { stepFiles, type Transfers } from "./transfers.ts";
import { buildDetail, builderView, buildViews, requestViews, type ViewSources, workerView } from "./views.ts";
import type { WorkerLink, WorkerRegistry } from "./worker-link.ts";

/** How long builds may take to end once their workers are let go, at the end of the master. */
const STOP_MS = 10_000;

export interface MasterOptions {
  readonly config: MasterConfig;
  /** Holds `master.yaml`, what steps download, the store, and `uploads`. */
  readonly directory: string;
  readonly transfers: Transfers;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
}

export class Master implements WorkerRegistry, MasterView {
  readonly #options: MasterOptions;
  /** Where uploads go. */
  readonly #uploads: string;
  readonly #store: Store;
  readonly #changes: Changes;
  readonly #writes: PendingWrites;
  readonly #freeSpace: FreeSpace;
  readonly #workers: AttachedWorkers;
  readonly #dispatcher: Dispatcher;
  readonly #orders: Orders;
  readonly #housekeeping: Housekeeping;
  readonly #periodic: readonly PeriodicSchedule[];
  readonly #sources: ViewSources;

  /** Opens the store, which no other process may hold. Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(options: MasterOptions) {
    this.#options = options;
    const { config, directory, clock, log, transfers } = options;
    this.#uploads = makeDirectory(directory);
    const store = new Store({ directory, retention: config.retention, clock });
    this.#store = store;
    this.#changes = new Changes(log);
    const tell = (change: Change) => this.#changes.tell(change);
    const writes = new PendingWrites({
      clock,
      log,
      probe: () => store.probe(),
      onRecovered: () => this.#dispatcher.wake(),
    });
    this.#writes = writes;
    const freeSpace = new FreeSpace({
      directories: [directory, this.#uploads],
      limits: config.retention,
      clock,
      log,
      onRecovered: () => this.#dispatcher.wake(),
    });
    this.#freeSpace = freeSpace;
    this.#workers = new AttachedWorkers({
      config,
      clock,
      log,
      hasBuilds: (worker) => this.#dispatcher.hasBuilds(worker),
      onChange: (_worker, what, attachment) => this.#workerChanged(what, attachment),
    });
    this.#dispatcher = new Dispatcher({
      config,
      store,
      workers: this.#workers,
      writes,
      freeSpace,
      files: stepFiles(transfers, this.#uploads, directory),
      clock,
      log,
      tell,
      onBuildEnded: () => this.#housekeeping.forget(),
    });
    this.#orders = new Orders({ config, store, workers: this.#workers, dispatcher: this.#dispatcher, tell });
    const onFailure = (error: unknown) => writes.failed(error);
    this.#housekeeping = new Housekeeping({
      clock,
      forgetSome: () => store.forgetSome(),
      keepLastSeen: () => this.#keepLastSeen(),
      onFailure,
    });
    this.#periodic = periodicSchedules({
      config,
      store,
      clock,
      submit: (request) => void this.#orders.submit(request),
      onFailure,
    });
    this.#sources = { config, store, workers: this.#workers, dispatcher: this.#dispatcher, writes, freeSpace };
  }

  /** Takes up what an earlier master has left, and begins builds; workers may have attached before. */
  start(): void {
    for (const { builder, number } of this.#store.recover()) {
      this.#options.log(`build ${number} of '${builder}' was cut off by the end of the master; it will be tried again`);
    }
    const { transfers, log } = this.#options;
    transfers
      .removeLeftovers(this.#uploads)
      .catch((error: unknown) => log(`halves of uploads stay: ${errorText(error)}`));
    this.#housekeeping.start();
    for (const schedule of this.#periodic) schedule.start();
    this.#dispatcher.open();
  }

  /** Lets the workers go: what they build ends RETRY, and is built again when the master is started anew. */
  async close(): Promise<void> {
    for (const schedule of this.#periodic) schedule.stop();
    this.#housekeeping.stop();
    const ended = this.#dispatcher.close();
    this.#workers.close("the master is stopping");
    await within(STOP_MS, ended, this.#options.clock);
    this.#freeSpace.close();
    this.#writes.close();
    this.#store.close();
  }

  // What listeners ask.

  passwordOf(name: string): string | undefined {
    return this.#options.config.workers.find((worker) => worker.name === name)?.password;
  }

  attach(link: WorkerLink): Promise<void> {
    return this.#workers.attach(link);
  }

  wantsShutdown(link: WorkerLink): void {
    if (this.#workers.find(link.name)?.link === link) this.#workers.shutDown(link.name);
  }

  seen(link: WorkerLink): void {
    this.#workers.seen(link);
  }

  // What the status page sees.

  get title(): string {
    return this.#options.config.title;
  }

  get trouble(): string | undefined {
    return this.#writes.trouble ?? this.#freeSpace.trouble;
  }

  builders(): readonly BuilderView[] {
    return this.#options.config.builders.map((builder) => builderView(this.#sources, builder));
  }

  builder(name: string): BuilderView | undefined {
    const config = this.#options.config.builders.find((builder) => builder.name === name);
    return config && builderView(this.#sources, config);
  }

  requests(builder: string): readonly RequestView[] {
    return requestViews(this.#sources, builder);
  }

  builds(query: BuildQuery): readonly BuildView[] {
    return buildViews(this.#sources, query);
  }

  build(builder: string, number: number): BuildDetail | undefined {
    return buildDetail(this.#sources, builder, number);
  }

  logLines(logId: number, firstLine: number, limit: number): readonly LogLine[] {
    return this.#store.logs.lines(logId, firstLine, limit);
  }

  logText(logId: number): Iterable<Uint8Array> {
    return this.#store.logs.text(logId);
  }

  workers(): readonly WorkerView[] {
    return this.#options.config.workers.map(({ name }) => workerView(this.#sources, name));
  }

  worker(name: string): WorkerView | undefined {
    return this.passwordOf(name) === undefined ? undefined : workerView(this.#sources, name);
  }

  watch(listener: (change: Change) => void): () => void {
    return this.#changes.watch(listener);
  }

  // What people ask for.

  force(builder: string, reason: string): number {
    return this.#orders.force(builder, reason);
  }

  cancelRequest(id: number): void {
    this.#orders.cancelRequest(id);
  }

  stop(builder: string, number: number, reason: string): void {
    this.#orders.stop(builder, number, reason);
  }

  rebuild(builder: string, number: number): number {
    return this.#orders.rebuild(builder, number);
  }

  shutDownWorker(name: string): void {
    this.#orders.shutDownWorker(name);
  }

  #workerChanged(what: "attached" | "gone" | "shutting down", { link, lastSeenAtMs }: Attachment): void {
    try {
      if (what === "attached") this.#store.workers.attached(link, lastSeenAtMs);
      if (what === "gone") this.#store.workers.seen(link.name, lastSeenAtMs);
    } catch (error) {
      this.#writes.failed(error);
    }
    this.#changes.tell({ type: "worker", worker: link.name });
    this.#dispatcher.wake();
  }

  #keepLastSeen(): void {
    for (const { name } of this.#options.config.workers) {
      const attachment = this.#workers.find(name);
      if (attachment !== undefined) this.#store.workers.seen(name, attachment.lastSeenAtMs);
    }
  }
}

/** Gives the path of the directory for uploads in it. */
function makeDirectory(directory: string): string {
  const uploads = join(directory, "uploads");
  try {
    mkdirSync(uploads, { recursive: true });
  } catch (error) {
    throw masterErrors.storeUnopened.from(error, uploads, systemReason(error));
  }
  return uploads;
}

function within(limitMs: number, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(limitMs, resolve);
    void work.finally(() => {
      timer.cancel();
      resolve();
    });
  });
}
