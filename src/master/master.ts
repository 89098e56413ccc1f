// The buildmaster: joins the store, workers, schedulers and builds. Independent of protocols and of the status page.
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
import type { MasterParts } from "./master-parts.ts";
import type { Change, MasterView, SourceChange } from "./master-view.ts";
import { PendingWrites } from "./pending-writes.ts";
import { type AskRelay, RelayLines } from "./relay-lines.ts";
import { Reporters } from "./reporters/index.ts";
import { Schedulers } from "./schedule/index.ts";
import { SecretMask } from "./secret-mask.ts";
import { ChangeSources } from "./sources/index.ts";
import { Store } from "./store/index.ts";
import { Artifacts, removeUploadLeftovers, stepFiles } from "./transfers/index.ts";
import { Triggering } from "./triggering.ts";

/** How long builds may take to end once their workers are disconnected, when the master stops. */
const STOP_MS = 10_000;

export interface MasterOptions {
  readonly config: MasterConfig;
  /** Contains `master.yaml`, the files that steps download, the database, and `uploads`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** Undefined: relays are not asked. */
  readonly askRelay?: AskRelay;
}

export class Master {
  /** Used by listeners. */
  readonly workers: AttachedWorkers;
  /** Used by the status page and by schedulers. */
  readonly view: MasterView;
  /** Receives hooks. */
  readonly sources: ChangeSources;
  readonly #options: MasterOptions;
  readonly #log: (sentence: string) => void;
  #config: MasterConfig;
  readonly #uploads: string;
  readonly #store: Store;
  readonly #changes: Changes;
  readonly #writes: PendingWrites;
  readonly #freeSpace: FreeSpace;
  readonly #dispatcher: Dispatcher;
  readonly #triggering: Triggering;
  readonly #housekeeping: Housekeeping;
  readonly #schedulers: Schedulers;
  readonly #reporters: Reporters;
  readonly #relayLines: RelayLines;

  /** Opens the store, which no other process may have open. Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(options: MasterOptions) {
    this.#options = options;
    this.#config = options.config;
    const retention = () => this.#config.retention;
    const { directory, clock } = options;
    const log = (sentence: string) => options.log(new SecretMask(this.#config.secrets).text(sentence));
    this.#log = log;
    this.#uploads = makeDirectory(directory);
    const store = new Store({ directory, retention, clock });
    this.#store = store;
    this.#changes = new Changes(log);
    const onFailure = (error: unknown) => this.#writes.failed(error);
    const publish = (change: Change) => this.#changes.publish(change);
    const parts: MasterParts = { config: () => this.#config, store, clock, log, publish, onFailure };
    const onRecovered = () => this.#dispatcher.wake();
    const writes = new PendingWrites({ clock, log, probe: () => store.probe(), onRecovered });
    this.#writes = writes;
    const directories = [directory, this.#uploads];
    const freeSpace = new FreeSpace({ directories, limits: retention, clock, log, onRecovered });
    this.#freeSpace = freeSpace;
    const workers = new AttachedWorkers({
      ...parts,
      running: (worker) => this.#dispatcher.running(worker),
      onChange: (_worker, what, attachment) => this.#workerChanged(what, attachment),
    });
    this.workers = workers;
    const relayLines = new RelayLines({
      ...parts,
      ask: options.askRelay,
      workers,
      onChange: (worker) => publish({ type: "worker", worker }),
    });
    this.#relayLines = relayLines;
    const artifacts = new Artifacts(join(directory, "artifacts"));
    const triggering = new Triggering({ ...parts, submit: (request) => view.submit(request) });
    this.#triggering = triggering;
    const dispatcher = new Dispatcher({
      ...parts,
      workers,
      writes,
      freeSpace,
      files: stepFiles(this.#uploads, directory),
      artifacts,
      triggers: triggering,
      onBuildEnded: () => this.#housekeeping.deleteOld(),
      onBuild: (row) => this.#reporters.report(row),
      onRequestEnded: (id, result) => triggering.requestEnded(id, result),
    });
    this.#dispatcher = dispatcher;
    const view = new LiveView({
      ...parts,
      workers,
      dispatcher,
      changes: this.#changes,
      writes,
      freeSpace,
      relayLines,
      artifacts,
      onCancelled: (id) => triggering.requestEnded(id, "CANCELLED"),
      changeSources: () => this.sources.views(),
    });
    this.view = view;
    this.#housekeeping = new Housekeeping({
      clock,
      deleteSome: () => store.deleteSome(),
      deleteLeftovers: () => {
        store.changes.deleteOld(store.nowMs());
        this.#reporters.removeOld();
        void artifacts.keepOnly(() => store.builds.ids()).catch(onFailure);
      },
      recordLastSeen: () => this.#recordLastSeen(),
      onFailure,
    });
    this.#schedulers = new Schedulers({ ...parts, submit: (request) => void view.submit(request) });
    this.#reporters = new Reporters(parts);
    const onChange = (change: SourceChange, id: number) => this.#schedulers.changed(change, id);
    this.sources = new ChangeSources({ ...parts, directory, onChange });
  }

  /** Recovers what an earlier master left unfinished, and starts builds; workers may have attached before. */
  start(): void {
    for (const { builder, number } of this.#store.recover()) {
      this.#log(`build ${number} of '${builder}' was interrupted when the master ended; it will be retried`);
    }
    removeUploadLeftovers(this.#uploads).catch((error: unknown) =>
      this.#log(`cannot remove partial uploads: ${errorText(error)}`),
    );
    this.#housekeeping.start();
    this.#schedulers.start();
    this.sources.start();
    this.#reporters.start();
    this.#relayLines.start();
    this.#dispatcher.open();
  }

  /** Uses another configuration from now on. Running builds end with theirs; listeners do not change. */
  reconfigure(config: MasterConfig): void {
    const names = new Set([...this.#config.workers, ...config.workers].map(({ name }) => name));
    this.#config = config;
    for (const name of names) this.workers.refresh(name);
    this.#schedulers.restart();
    this.sources.start();
    this.#reporters.start();
    this.#relayLines.start();
    for (const { name } of config.builders) this.#changes.publish({ type: "builder", builder: name });
    this.#triggering.endRemoved();
    this.#dispatcher.reconfigured();
  }

  /** Disconnects the workers: running builds end RETRY, and are built again when the master restarts. */
  async close(): Promise<void> {
    this.sources.stop();
    this.#schedulers.stop();
    this.#housekeeping.stop();
    this.#relayLines.stop();
    const ended = this.#dispatcher.close();
    this.workers.close("the master is stopping");
    await within(this.#options.clock, ended, STOP_MS);
    this.#reporters.stop();
    this.#freeSpace.close();
    this.#writes.close();
    this.#store.close();
  }

  #workerChanged(what: "attached" | "gone" | "shutting down" | "ready", { link, lastSeenAtMs }: Attachment): void {
    try {
      if (what === "attached") this.#store.workers.attached(link, lastSeenAtMs);
      if (what === "gone") this.#store.workers.seen(link.name, lastSeenAtMs);
    } catch (error) {
      this.#writes.failed(error);
    }
    this.#changes.publish({ type: "worker", worker: link.name });
    this.#dispatcher.wake();
  }

  #recordLastSeen(): void {
    for (const { name } of this.#config.workers) {
      const attachment = this.workers.find(name);
      if (attachment !== undefined) this.#store.workers.seen(name, attachment.lastSeenAtMs);
    }
  }
}

/** Returns the path of its `uploads` directory. */
function makeDirectory(directory: string): string {
  const uploads = join(directory, "uploads");
  try {
    mkdirSync(uploads, { recursive: true });
  } catch (error) {
    throw masterErrors.storeUnopened.from(error, uploads, systemReason(error));
  }
  return uploads;
}
