// What is seen of a master from outside, put together from what is stored and what runs. Changes nothing.
import { waitsFor } from "./assignment.ts";
import type { AttachedWorkers } from "./attached-workers.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { FreeSpace } from "./free-space.ts";
import type { BuilderConfig, MasterConfig } from "./master-config.ts";
import type { BuildDetail, BuilderView, BuildView, RequestView, StepView, WorkerView } from "./master-view.ts";
import type { PendingWrites } from "./pending-writes.ts";
import { canBeForced } from "./schedule/index.ts";
import type { BuildFilter, BuildRow, StepRow, Store } from "./store/index.ts";

const LAST_BUILDS = 10;

export interface ViewSources {
  readonly config: MasterConfig;
  readonly store: Store;
  readonly workers: AttachedWorkers;
  readonly dispatcher: Dispatcher;
  readonly writes: PendingWrites;
  readonly freeSpace: FreeSpace;
}

export function builderView(sources: ViewSources, builder: BuilderConfig): BuilderView {
  const { config, store } = sources;
  const { name, description, workers } = builder;
  return {
    name,
    description,
    workers,
    canBeForced: canBeForced(config, name),
    waitingCount: store.requests.waitingFor(name).length,
    running: runningBuilds(sources, (row) => row.builder === name),
    lastBuilds: buildViews(sources, { builder: name, limit: LAST_BUILDS }),
  };
}

export function requestViews(sources: ViewSources, builder: string): readonly RequestView[] {
  const { store, dispatcher, writes, freeSpace } = sources;
  const trouble = writes.isOutage ? "the store cannot be written" : freeSpace.trouble && "the disk has too little room";
  const why = trouble ?? waitsFor(builder, dispatcher.assignableWorkers());
  return store.requests.waitingFor(builder).map(({ id, reason, submittedAtMs }, index) => {
    const isNext = index === 0 || why !== "it is next";
    return { id, builder, reason, submittedAtMs, waitsFor: isNext ? why : "those before it come first" };
  });
}

export function buildViews(sources: ViewSources, filter: BuildFilter): readonly BuildView[] {
  return sources.store.builds.list(filter).map((row) => buildView(sources, row));
}

export function buildDetail(sources: ViewSources, builder: string, number: number): BuildDetail | undefined {
  const row = sources.store.builds.find(builder, number);
  if (row === undefined) return undefined;
  const steps = sources.store.builds.steps(row.id).map((step) => stepView(sources, step));
  const rebuilds = sources.store.builds.rebuildsOf(builder, number);
  return { ...buildView(sources, row), steps, rebuildOf: row.rebuildOf, rebuilds };
}

export function workerView(sources: ViewSources, name: string): WorkerView {
  const { config, store, workers } = sources;
  const attachment = workers.find(name);
  const known = store.workers.find(name);
  const away = known === undefined ? "never seen" : "away";
  return {
    name,
    state: attachment === undefined ? away : attachment.isShuttingDown ? "shutting down" : "attached",
    protocol: attachment?.link.protocol ?? known?.protocol,
    peer: attachment?.link.peer ?? known?.peer,
    attachedAtMs: attachment?.attachedAtMs,
    lastSeenAtMs: attachment?.lastSeenAtMs ?? known?.lastSeenAtMs,
    version: known?.version,
    builders: config.builders.filter((builder) => builder.workers.includes(name)).map((builder) => builder.name),
    running: runningBuilds(sources, (row) => row.worker === name),
    facts: known?.facts ?? new Map(),
  };
}

function runningBuilds(sources: ViewSources, wanted: (row: BuildRow) => boolean): readonly BuildView[] {
  return sources.store.builds
    .unfinished()
    .filter(wanted)
    .map((row) => buildView(sources, row));
}

function buildView({ dispatcher }: ViewSources, row: BuildRow): BuildView {
  const { id, builder, number, worker, reason, startedAtMs, endedAtMs, result, stateText } = row;
  const isStopping = endedAtMs === undefined && (dispatcher.find(builder, number)?.isStopping ?? false);
  return { id, builder, number, worker, reason, startedAtMs, endedAtMs, result, stateText, isStopping };
}

function stepView({ store }: ViewSources, step: StepRow): StepView {
  return { ...step, logs: store.logs.ofStep(step.id) };
}
