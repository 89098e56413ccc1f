// The buildmaster: joins store, workers, schedulers and builds, and is what listeners and the status page hold. Knows no
// protocol, and no page.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { within } from "../base/waiting.ts";
import { AttachedWorkers, type Attachment } from "./attached-workers.ts";
import { Changes } from "./changes.ts";
import { Dispatcher } from "./dispatcher.ts";
import { masterErrors } from "./errors.ts";
import { FreeSpace } from "./free-space.ts";
import { Housekeeping } from "./housekeeping.ts";
import { LiveView } from "./live-view.ts";
import type { MasterConfig } from "./master-config.ts";
import type { Change, MasterView } from "./master-view.ts";
import { PendingWrites } from "./pending-writes.ts";
import { type PeriodicSchedule, periodicSchedules } from "./schedule/index.ts";
import { Store } from "./store/index.ts";
import { removeUploadLeftovers, stepFiles } from "./transfers/index.ts";

/** How long builds may take to end once their workers are let go, at the end of the master. */
const STOP_MS = 10_000;

export interface MasterOptions {
  readonly config: MasterConfig;
  /** Holds `master.yaml`, what steps download, the store, and `uploads`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
}

export class Master {
  /** What listeners ask, and tell. */
  readonly workers: AttachedWorkers;
  /** What the status page sees, and what people ask for. */
  readonly view: MasterView;
  readonly #options: MasterOptions;
  /** Where uploads go. */
  readonly #uploads: string;
  readonly #store: Store;
  readonly #changes: Changes;
  readonly #writes: PendingWrites;
  readonly #freeSpace: FreeSpace;
  readonly #dispatcher: Dispatcher;
  readonly #housekeeping: Housekeeping;
  readonly #periodic: readonly PeriodicSchedule[];

  /** Opens the store, which no other process may hold. Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(options: MasterOptions) {
    this.#options = options;
    const { config, directory, clock, log } = options;
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
    this.workers = new AttachedWorkers({
      config,
      clock,
      log,
      hasBuilds: (worker) => this.#dispatcher.hasBuilds(worker),
      onChange: (_worker, what, attachment) => this.#workerChanged(what, attachment),
    });
    this.#dispatcher = new Dispatcher({
      config,
      store,
      workers: this.workers,
      writes,
      freeSpace,
      files: stepFiles(this.#uploads, directory),
      clock,
      log,
      tell,
      onBuildEnded: () => this.#housekeeping.forget(),
    });
    const { workers } = this;
    const dispatcher = this.#dispatcher;
    const view = new LiveView({ config, store, workers, dispatcher, changes: this.#changes, writes, freeSpace });
    this.view = view;
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
      submit: (request) => void view.submit(request),
      onFailure,
    });
  }

  /** Takes up what an earlier master has left, and begins builds; workers may have attached before. */
  start(): void {
    for (const { builder, number } of this.#store.recover()) {
      this.#options.log(`build ${number} of '${builder}' was cut off by the end of the master; it will be tried again`);
    }
    removeUploadLeftovers(this.#uploads).catch((error: unknown) =>
      this.#options.log(`halves of uploads stay: ${errorText(error)}`),
    );
    this.#housekeeping.start();
    for (const schedule of this.#periodic) schedule.start();
    this.#dispatcher.open();
  }

  /** Lets the workers go: what they build ends RETRY, and is built again when the master is started anew. */
  async close(): Promise<void> {
    for (const schedule of this.#periodic) schedule.stop();
    this.#housekeeping.stop();
    const ended = this.#dispatcher.close();
    this.workers.close("the master is stopping");
    await within(this.#options.clock, ended, STOP_MS);
    this.#freeSpace.close();
    this.#writes.close();
    this.#store.close();
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
      const attachment = this.workers.find(name);
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
