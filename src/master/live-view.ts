// The view of a master from outside, assembled from the store and the running builds; and the actions that visitors and
// schedulers request, refused with a sentence when they are not possible.
import { NEXT_TURN, waitsFor } from "./assignment.ts";
import type { AttachedWorkers } from "./attached-workers.ts";
import type { Changes } from "./changes.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { masterErrors } from "./errors.ts";
import type { FreeSpace } from "./free-space.ts";
import type { BuilderConfig, MasterConfig } from "./master-config.ts";
import type { MasterParts } from "./master-parts.ts";
import type {
  ArtifactView,
  BuildDetail,
  BuilderView,
  BuildQuery,
  BuildView,
  Change,
  ChangeSourceView,
  ForcedValues,
  LogLine,
  MasterView,
  RequestView,
  StepView,
  WorkerView,
} from "./master-view.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { RelayLines } from "./relay-lines.ts";
import type { Result } from "./results.ts";
import { forcedProperties, forceScheduler, sourceOf } from "./schedule/index.ts";
import type { BuildRow, NewRequest, StepRow, Store } from "./store/index.ts";
import type { Artifacts } from "./transfers/index.ts";

const LAST_BUILDS = 10;

export interface LiveViewSources extends MasterParts {
  readonly workers: AttachedWorkers;
  readonly dispatcher: Dispatcher;
  readonly changes: Changes;
  readonly writes: PendingWrites;
  readonly freeSpace: FreeSpace;
  readonly relayLines: RelayLines;
  readonly artifacts: Artifacts;
  readonly onCancelled: (requestId: number) => void;
  readonly changeSources: () => readonly ChangeSourceView[];
}

export class LiveView implements MasterView {
  readonly #sources: LiveViewSources;
  readonly #store: Store;

  constructor(sources: LiveViewSources) {
    this.#sources = sources;
    this.#store = sources.store;
  }

  get title(): string {
    return this.#config.title;
  }

  get #config(): MasterConfig {
    return this.#sources.config();
  }

  get trouble(): string | undefined {
    return this.#sources.writes.trouble ?? this.#sources.freeSpace.trouble;
  }

  builders(): readonly BuilderView[] {
    return this.#config.builders.map((builder) => this.#builder(builder));
  }

  builder(name: string): BuilderView | undefined {
    const builder = this.#config.builders.find((one) => one.name === name);
    return builder && this.#builder(builder);
  }

  requests(builder: string): readonly RequestView[] {
    const { dispatcher, writes, freeSpace } = this.#sources;
    const trouble = writes.isOutage
      ? "the master's database to become writable"
      : freeSpace.trouble && "free disk space";
    const why = trouble ?? waitsFor(builder, dispatcher.assignableWorkers());
    return this.#store.requests.waitingFor(builder).map((request, index) => {
      const { id, reason, submittedAtMs, properties, change } = request;
      const isNext = index === 0 || why !== NEXT_TURN;
      const next = isNext ? why : "earlier builds";
      return { id, builder, reason, submittedAtMs, properties, change, waitsFor: next };
    });
  }

  builds(query: BuildQuery): readonly BuildView[] {
    return this.#store.builds.list(query).map((row) => this.#build(row));
  }

  buildCount(query: BuildQuery): number {
    return this.#store.builds.count(query);
  }

  build(builder: string, number: number): BuildDetail | undefined {
    const row = this.#store.builds.find(builder, number);
    return row && this.#detail(row);
  }

  buildWithId(id: number): BuildDetail | undefined {
    const row = this.#store.builds.withId(id);
    return row && this.#detail(row);
  }

  buildIdOfStep(stepId: number): number | undefined {
    return this.#store.builds.idOfStep(stepId);
  }

  stepIdOfLog(logId: number): number | undefined {
    return this.#store.logs.stepOf(logId);
  }

  get endedCounts(): ReadonlyMap<Result, number> {
    return this.#sources.dispatcher.endedCounts;
  }

  logLines(logId: number, firstLine: number, limit: number): readonly LogLine[] {
    return this.#store.logs.lines(logId, firstLine, limit);
  }

  logText(logId: number): Iterable<Uint8Array> {
    return this.#store.logs.text(logId);
  }

  changeSources(): readonly ChangeSourceView[] {
    return this.#sources.changeSources();
  }

  async artifacts(builder: string, number: number): Promise<readonly ArtifactView[]> {
    const row = this.#store.builds.find(builder, number);
    return row === undefined ? [] : this.#sources.artifacts.list(row.id);
  }

  async artifact(builder: string, number: number, path: string): Promise<string | undefined> {
    const row = this.#store.builds.find(builder, number);
    return row && this.#sources.artifacts.find(row.id, path);
  }

  workers(): readonly WorkerView[] {
    return this.#config.workers.map(({ name }) => this.#worker(name));
  }

  worker(name: string): WorkerView | undefined {
    return this.#hasWorker(name) ? this.#worker(name) : undefined;
  }

  get relayTroubles(): readonly string[] {
    return this.#sources.relayLines.troubles;
  }

  watch(listener: (change: Change) => void): () => void {
    return this.#sources.changes.watch(listener);
  }

  // Actions; they throw ERR_NOT_FOUND, ERR_NOT_POSSIBLE or ERR_STORE_WRITE.

  /** Appends a request to the queue, or finds an equal one that waits, and returns its id. */
  submit(request: NewRequest): number {
    const waiting = this.#config.mergeRequests ? this.#store.requests.equal(request) : undefined;
    if (waiting !== undefined) return waiting;
    const id = this.#store.requests.add({ ...request, submittedAtMs: this.#store.nowMs() });
    this.#sources.publish({ type: "builder", builder: request.builder });
    this.#sources.dispatcher.wake();
    return id;
  }

  force(builder: string, reason: string, values: ForcedValues = new Map()): number {
    this.#expectBuilder(builder);
    const scheduler = forceScheduler(this.#config, builder);
    if (scheduler === undefined) {
      throw masterErrors.notPossible(`start a build of '${builder}'`, "no force scheduler has this builder");
    }
    const properties = forcedProperties(scheduler, values);
    if ("fault" in properties) throw masterErrors.notPossible(`start a build of '${builder}'`, properties.fault);
    return this.submit({ builder, reason, rebuildOf: undefined, properties: properties.values });
  }

  cancelRequest(id: number): void {
    const request = this.#store.requests.waitingWithId(id);
    if (request === undefined) throw masterErrors.notFound(`waiting request ${id}`);
    this.#store.requests.remove(id);
    this.#sources.onCancelled(id);
    this.#sources.publish({ type: "builder", builder: request.builder });
  }

  cancelAll(): number {
    const ids = this.#store.requests.removeWaiting();
    for (const id of ids) this.#sources.onCancelled(id);
    for (const { name } of this.#config.builders) this.#sources.publish({ type: "builder", builder: name });
    return ids.length;
  }

  stop(builder: string, number: number, reason: string): void {
    const build = this.#sources.dispatcher.find(builder, number);
    if (build !== undefined) return build.stop(reason);
    this.#expectBuild(builder, number);
    throw masterErrors.notPossible(`stop build ${number} of '${builder}'`, "it has ended");
  }

  rebuild(builder: string, number: number): number {
    this.#expectBuilder(builder);
    const { reason, endedAtMs, properties, changeId } = this.#expectBuild(builder, number);
    if (endedAtMs === undefined)
      throw masterErrors.notPossible(`rebuild build ${number} of '${builder}'`, "it still runs");
    return this.submit({ builder, reason, rebuildOf: number, properties: sourceOf(properties), changeId });
  }

  shutDownWorker(name: string): void {
    const { workers } = this.#sources;
    if (!this.#hasWorker(name)) throw masterErrors.notFound(`worker '${name}'`);
    if (workers.find(name) === undefined)
      throw masterErrors.notPossible(`shut down worker '${name}'`, "it is not attached");
    workers.shutDown(name);
  }

  #expectBuilder(name: string): void {
    if (!this.#config.builders.some((builder) => builder.name === name)) {
      throw masterErrors.notFound(`builder '${name}'`);
    }
  }

  #expectBuild(builder: string, number: number): BuildRow {
    const row = this.#store.builds.find(builder, number);
    if (row === undefined) throw masterErrors.notFound(`build ${number} of '${builder}'`);
    return row;
  }

  #hasWorker(name: string): boolean {
    return this.#config.workers.some((worker) => worker.name === name);
  }

  /** What has to be read is read when it is used: a list of builders rarely needs their builds. */
  #builder({ name, description, workers }: BuilderConfig): BuilderView {
    const force = forceScheduler(this.#config, name);
    const waitingCount = () => this.#store.requests.waitingCount(name);
    const running = () => this.#running((row) => row.builder === name);
    const lastBuilds = () => this.builds({ builder: name, limit: LAST_BUILDS });
    return {
      name,
      description,
      workers,
      force,
      get waitingCount() {
        return waitingCount();
      },
      get running() {
        return running();
      },
      get lastBuilds() {
        return lastBuilds();
      },
    };
  }

  #worker(name: string): WorkerView {
    const attachment = this.#sources.workers.find(name);
    const known = this.#store.workers.find(name);
    const away = known === undefined ? "never seen" : "away";
    return {
      name,
      state: attachment === undefined ? away : attachment.isShuttingDown ? "shutting down" : "attached",
      protocol: attachment?.link.protocol ?? known?.protocol,
      peer: attachment?.link.peer ?? known?.peer,
      line: attachment && this.#sources.relayLines.find(attachment.link.peer),
      attachedAtMs: attachment?.attachedAtMs,
      lastSeenAtMs: attachment?.lastSeenAtMs ?? known?.lastSeenAtMs,
      version: known?.version,
      builders: this.#config.builders.filter(({ workers }) => workers.includes(name)).map((builder) => builder.name),
      running: this.#running((row) => row.worker === name),
      facts: known?.facts ?? new Map(),
    };
  }

  #running(wanted: (row: BuildRow) => boolean): readonly BuildView[] {
    return this.#store.builds
      .unfinished()
      .filter(wanted)
      .map((row) => this.#build(row));
  }

  #build(row: BuildRow): BuildView {
    const { rebuildOf: _rebuild, changeId: _change, ...shown } = row;
    const { builder, number, endedAtMs } = row;
    const isStopping = endedAtMs === undefined && (this.#sources.dispatcher.find(builder, number)?.isStopping ?? false);
    return { ...shown, isStopping };
  }

  #detail(row: BuildRow): BuildDetail {
    const { builds } = this.#store;
    const steps = builds.steps(row.id).map((step) => this.#step(step));
    const rebuilds = builds.rebuildsOf(row.builder, row.number);
    return { ...this.#build(row), steps, rebuildOf: row.rebuildOf, rebuilds };
  }

  #step(step: StepRow): StepView {
    return { ...step, logs: this.#store.logs.ofStep(step.id) };
  }
}
