// Assigns requests to workers: starts a build whenever one can run, and records its end. Knows which builds run.
import { errorText } from "../base/errors.ts";
import { type AssignableWorker, type Assignment, nextAssignment } from "./assignment.ts";
import type { AttachedWorkers } from "./attached-workers.ts";
import { type BuildEnd, RunningBuild, type RunningBuildOptions, type Triggers } from "./builds/index.ts";
import { masterErrors } from "./errors.ts";
import type { FreeSpace } from "./free-space.ts";
import { LostTries } from "./lost-tries.ts";
import type { BuilderConfig } from "./master-config.ts";
import type { MasterParts } from "./master-parts.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { Result } from "./results.ts";
import type { BuildRow, Request } from "./store/index.ts";
import { type Artifacts, type StepFiles, stepFiles } from "./transfers/index.ts";
import type { WorkerLink } from "./worker-link.ts";

/** How long a worker may take to answer the ping before a build. */
const PING_MS = 60_000;

export interface DispatcherOptions extends MasterParts {
  readonly workers: AttachedWorkers;
  readonly writes: PendingWrites;
  readonly freeSpace: FreeSpace;
  readonly files: StepFiles;
  readonly artifacts: Artifacts;
  readonly triggers: Triggers;
  readonly onBuildEnded: () => void;
  /** A build has begun, in the transaction that records it, or has ended. */
  readonly onBuild: (row: BuildRow) => void;
  /** Its build has ended; RETRY: it waits again. */
  readonly onRequestEnded: (requestId: number, result: Result) => void;
}

/** A request assigned to a worker; it becomes a build once the worker has answered a ping. */
interface Slot {
  readonly request: Request;
  readonly worker: string;
  build: RunningBuild | undefined;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #slots = new Set<Slot>();
  readonly #ends = new Set<Promise<void>>();
  readonly #lastTurns = new Map<string, number>();
  readonly #lostTries = new LostTries();
  readonly #endedCounts = new Map<Result, number>();
  #turns = 0;
  #isOpen = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Builds start from now on. */
  open(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** Starts every build that can run. Called when a request, a worker or a build has changed. */
  wake(): void {
    const { writes, freeSpace } = this.#options;
    try {
      while (this.#isOpen && !writes.isOutage) {
        const next = this.#next();
        if (next === undefined || !freeSpace.isEnough()) return;
        this.#begin(next);
      }
    } catch (error) {
      writes.failed(error);
    }
  }

  /** The configuration has changed. Running builds end with theirs. */
  reconfigured(): void {
    for (const { build } of this.#slots) build?.hide(this.#options.config().secrets);
    this.wake();
  }

  /** Since the master started. */
  get endedCounts(): ReadonlyMap<Result, number> {
    return this.#endedCounts;
  }

  find(builder: string, number: number): RunningBuild | undefined {
    return [...this.#slots].find(({ build }) => build?.row.builder === builder && build.row.number === number)?.build;
  }

  /** The builders of a worker's builds, including those that are about to begin. */
  running(worker: string): readonly string[] {
    return [...this.#slots].filter((slot) => slot.worker === worker).map(({ request }) => request.builder);
  }

  /** The attached workers, in the order of the configuration. */
  assignableWorkers(): readonly AssignableWorker[] {
    const { workers } = this.#options;
    const config = this.#options.config();
    return config.workers.flatMap(({ name, maxBuilds }) => {
      const attachment = workers.find(name);
      if (attachment === undefined) return [];
      const accepted = (builder: string, directory: string) =>
        attachment.builders.some((one) => one.name === builder && one.directory === directory);
      const builders = config.builders
        .filter((builder) => builder.workers.includes(name) && accepted(builder.name, builder.directory))
        .map((builder) => builder.name);
      const running = this.running(name);
      return [{ name, builders, maxBuilds, takesBuilds: !attachment.isShuttingDown, running }];
    });
  }

  /** Starts no more builds; resolves when the running ones have ended, which the caller must cause. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(this.#ends);
  }

  #next(): Assignment<Request> | undefined {
    const { store } = this.#options;
    const taken = new Set([...this.#slots].map(({ request }) => request.id));
    const builders = new Set(this.#options.config().builders.map(({ name }) => name));
    const waiting = store.requests.waiting().filter(({ id, builder }) => !taken.has(id) && builders.has(builder));
    return nextAssignment({ waiting, workers: this.assignableWorkers(), lastTurns: this.#lastTurns });
  }

  #begin({ request, worker }: Assignment<Request>): void {
    const slot: Slot = { request, worker, build: undefined };
    this.#slots.add(slot);
    this.#lastTurns.set(request.builder, ++this.#turns);
    const { link } = this.#options.workers.find(worker)!;
    const end = this.#occupy(slot, link).finally(() => {
      this.#ends.delete(end);
      this.#slots.delete(slot);
      this.#leave(slot);
    });
    this.#ends.add(end);
  }

  async #occupy(slot: Slot, link: WorkerLink): Promise<void> {
    const { store, writes, workers, log } = this.#options;
    try {
      await link.ping(PING_MS);
    } catch (error) {
      workers.end(link, `it did not answer the ping before a build: ${errorText(error)}`);
      return;
    }
    const attachment = workers.find(slot.worker);
    if (!this.#isOpen || attachment?.link !== link || attachment.isShuttingDown) return;
    const config = this.#options.config();
    const builder = config.builders.find(({ name }) => name === slot.request.builder);
    const row = builder && this.#record(slot, builder);
    if (builder === undefined || row === undefined) return;
    const { secrets } = config;
    const end = this.#lostTries.limit(row.requestId, await this.#build(slot, { row, builder, secrets, link }));
    await writes.insist(() => store.endBuild(row, end));
    await writes.insist(() => this.#options.onBuild(store.builds.find(row.builder, row.number) ?? row));
    await writes.insist(() => this.#options.onRequestEnded(slot.request.id, end.result));
    this.#endedCounts.set(end.result, (this.#endedCounts.get(end.result) ?? 0) + 1);
    log(`build ${row.number} of '${row.builder}' on worker '${row.worker}': ${end.result}, ${end.stateText}`);
  }

  /** Undefined when the request was cancelled meanwhile, or the build cannot be recorded. */
  #record({ request, worker }: Slot, builder: BuilderConfig): BuildRow | undefined {
    const { store, writes } = this.#options;
    try {
      if (store.requests.waitingWithId(request.id) === undefined) return undefined;
      return store.together(() => {
        const names = builder.steps.map(({ name }) => name);
        const row = store.beginBuild(request, worker, names);
        this.#options.onBuild(row);
        return row;
      });
    } catch (error) {
      writes.failed(error);
      return undefined;
    }
  }

  async #build(
    slot: Slot,
    build: Pick<RunningBuildOptions, "row" | "builder" | "secrets" | "link">,
  ): Promise<BuildEnd> {
    const { store, files, artifacts, triggers, clock, log, publish } = this.#options;
    const { row } = build;
    try {
      const own = stepFiles(artifacts.directory(row.id), "");
      slot.build = new RunningBuild({ ...build, artifacts: own, store, files, triggers, clock, publish });
      this.#changed(slot);
      return await slot.build.run();
    } catch (error) {
      if (masterErrors.storeWrite.is(error) || masterErrors.storeDamaged.is(error)) this.#options.writes.failed(error);
      else log(`build ${row.number} of '${row.builder}' hit a bug in the master: ${stackOf(error)}`);
      return { result: "EXCEPTION", stateText: errorText(error) };
    }
  }

  #leave(slot: Slot): void {
    this.#changed(slot);
    if (!this.#isOpen) return;
    this.#options.workers.shutDownIfIdle(slot.worker);
    this.#options.workers.refresh(slot.worker);
    if (slot.build !== undefined) this.#options.onBuildEnded();
    this.wake();
  }

  #changed({ request, worker, build }: Slot): void {
    const { publish } = this.#options;
    if (build !== undefined) publish({ type: "build", builder: build.row.builder, number: build.row.number });
    publish({ type: "builder", builder: request.builder });
    publish({ type: "worker", worker });
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
