// A master as the status page sees one, whose state a test sets and whose orders it reads. Keeps to the contract of
// MasterView; does not know real builds.
import { baseErrors } from "../../src/base/errors.ts";
import type {
  ArtifactView,
  BuildCondition,
  BuildDetail,
  BuilderView,
  BuildQuery,
  BuildView,
  Change,
  ChangeSourceView,
  ForcedValues,
  LogLine,
  LogView,
  MasterView,
  RequestView,
  StepView,
  WorkerView,
} from "../../src/master/master-view.ts";
import { numberOfResult, type Result } from "../../src/master/results.ts";

/** A log's lines: in memory, or made up as they are asked for. */
export interface FakeLog {
  readonly count: number;
  line(index: number): LogLine;
}

export class FakeMasterView implements MasterView {
  title = "Test master";
  trouble: string | undefined;
  readonly details: BuildDetail[] = [];
  readonly waiting: RequestView[] = [];
  readonly known: Omit<BuilderView, "waitingCount" | "running" | "lastBuilds">[] = [];
  readonly attached: WorkerView[] = [];
  readonly relayTroubles: string[] = [];
  readonly logs = new Map<number, FakeLog>();
  readonly endedCounts = new Map<Result, number>();
  readonly sources: ChangeSourceView[] = [];
  /** Absolute paths of the artifacts of every build, by path. */
  readonly files = new Map<string, string>();
  /** What was asked of it, in words. */
  readonly orders: string[] = [];
  /** How many lines were read of logs. */
  linesRead = 0;
  readonly #listeners = new Set<(change: Change) => void>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Puts another state in the place of a build, and tells it. */
  become(build: BuildDetail): void {
    const index = this.details.findIndex(({ id }) => id === build.id);
    if (index < 0) this.details.push(build);
    else this.details[index] = build;
    this.publish({ type: "build", builder: build.builder, number: build.number });
  }

  builders(): readonly BuilderView[] {
    return this.known.map(({ name }) => this.#existing(this.builder(name), "builder"));
  }

  builder(name: string): BuilderView | undefined {
    const builder = this.known.find((known) => known.name === name);
    const lastBuilds = this.builds({ builder: name, limit: 10 });
    const running = lastBuilds.filter(({ result }) => result === undefined);
    return builder && { ...builder, lastBuilds, running, waitingCount: this.requests(name).length };
  }

  requests(builder: string): readonly RequestView[] {
    return this.waiting.filter((request) => request.builder === builder);
  }

  /** Of the conditions, those on results, on completeness and on branches. */
  builds({ builder, worker, beforeId, where = [], limit, offset = 0 }: BuildQuery): readonly BuildView[] {
    const value = (build: BuildDetail, column: BuildCondition["column"]) => {
      if (column === "isComplete") return build.result !== undefined;
      if (column === "branch") return build.properties?.get("branch") ?? null;
      return build.result === undefined ? null : numberOfResult(build.result);
    };
    return this.details
      .filter((build) => where.every(({ column, values }) => values.includes(value(build, column))))
      .filter((build) => builder === undefined || build.builder === builder)
      .filter((build) => worker === undefined || build.worker === worker)
      .filter((build) => beforeId === undefined || build.id < beforeId)
      .sort((a, b) => b.id - a.id)
      .slice(offset, offset + limit);
  }

  buildCount(query: BuildQuery): number {
    return this.builds({ ...query, offset: 0, limit: Number.MAX_SAFE_INTEGER }).length;
  }

  buildWithId(id: number): BuildDetail | undefined {
    return this.details.find((build) => build.id === id);
  }

  buildIdOfStep(stepId: number): number | undefined {
    return this.details.find(({ steps }) => steps.some(({ id }) => id === stepId))?.id;
  }

  stepIdOfLog(logId: number): number | undefined {
    const steps = this.details.flatMap(({ steps }) => steps);
    return steps.find(({ logs }) => logs.some(({ id }) => id === logId))?.id;
  }

  build(builder: string, number: number): BuildDetail | undefined {
    return this.details.find((build) => build.builder === builder && build.number === number);
  }

  logLines(logId: number, firstLine: number, limit: number): readonly LogLine[] {
    const log = this.#existing(this.logs.get(logId), "log");
    const count = Math.max(0, Math.min(limit, log.count - firstLine));
    this.linesRead += count;
    return Array.from({ length: count }, (_, index) => log.line(firstLine + index));
  }

  *logText(logId: number): Iterable<Uint8Array> {
    const log = this.#existing(this.logs.get(logId), "log");
    const perPiece = 1000;
    for (let first = 0; first < log.count; first += perPiece) {
      const lines = this.logLines(logId, first, perPiece);
      yield Buffer.from(lines.map(({ text }) => `${text}\n`).join(""));
    }
  }

  workers(): readonly WorkerView[] {
    return this.attached;
  }

  worker(name: string): WorkerView | undefined {
    return this.attached.find((worker) => worker.name === name);
  }

  watch(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changeSources(): readonly ChangeSourceView[] {
    return this.sources;
  }

  async artifacts(): Promise<readonly ArtifactView[]> {
    return [...this.files.keys()].sort().map((path) => ({ path, bytes: path.length }));
  }

  async artifact(_builder: string, _number: number, path: string): Promise<string | undefined> {
    return this.files.get(path);
  }

  force(builder: string, reason: string, values: ForcedValues = new Map()): number {
    const given = [...values].map(([name, value]) => ` ${name}=${value}`).join("");
    this.orders.push(`force ${builder}: ${reason}${given}`);
    const id = 1000 + this.orders.length;
    this.waiting.push({
      id,
      builder,
      reason,
      submittedAtMs: Date.now(),
      waitsFor: "a worker is free",
      properties: values,
    });
    this.publish({ type: "builder", builder });
    return id;
  }

  cancelAll(): number {
    this.orders.push("cancel all");
    return this.waiting.splice(0).length;
  }

  cancelRequest(id: number): void {
    const index = this.waiting.findIndex((request) => request.id === id);
    if (index < 0) throw baseErrors.usage(`request ${id} waits no longer`);
    this.orders.push(`cancel ${id}`);
    this.waiting.splice(index, 1);
  }

  stop(builder: string, number: number, reason: string): void {
    const build = this.#existing(this.build(builder, number), "build");
    if (build.result !== undefined) throw baseErrors.usage(`build ${number} of ${builder} has ended already`);
    this.orders.push(`stop ${builder} ${number}: ${reason}`);
    this.become({ ...build, isStopping: true });
  }

  rebuild(builder: string, number: number): number {
    this.orders.push(`rebuild ${builder} ${number}`);
    return 2000 + this.orders.length;
  }

  shutDownWorker(name: string): void {
    this.orders.push(`shut down ${name}`);
  }

  #existing<Value>(value: Value | undefined, what: string): Value {
    if (value === undefined) throw baseErrors.usage(`there is no such ${what}`);
    return value;
  }
}

export function fakeLog(lines: readonly LogLine[]): FakeLog {
  return { count: lines.length, line: (index) => lines[index] ?? { stream: "o", text: "" } };
}

/** Lines of output from their texts; `! ` at the start makes one of errors, `# ` a header. */
export function linesOf(texts: readonly string[]): readonly LogLine[] {
  return texts.map((text) => {
    if (text.startsWith("! ")) return { stream: "e", text: text.slice(2) };
    return text.startsWith("# ") ? { stream: "h", text: text.slice(2) } : { stream: "o", text };
  });
}

export function aStep(step: Partial<StepView>): StepView {
  const number = step.number ?? 1;
  return {
    id: number,
    number,
    name: `step ${number}`,
    startedAtMs: Date.now() - 60_000,
    endedAtMs: Date.now() - 30_000,
    result: "SUCCESS",
    stateText: "done",
    logs: [],
    ...step,
  };
}

export function aLog(log: Partial<LogView>): LogView {
  return { id: 1, name: "stdio", slug: "stdio", lineCount: 0, bytes: 0, isComplete: true, ...log };
}

export function aBuild(build: Partial<BuildDetail>): BuildDetail {
  return {
    id: 1,
    builder: "demo",
    number: 1,
    worker: "worker-1",
    reason: "forced on the status page",
    startedAtMs: Date.now() - 60_000,
    endedAtMs: Date.now() - 20_000,
    result: "SUCCESS",
    stateText: "build successful",
    isStopping: false,
    steps: [],
    rebuildOf: undefined,
    rebuilds: [],
    ...build,
  };
}

export function aWorker(worker: Partial<WorkerView>): WorkerView {
  return {
    name: "worker-1",
    state: "attached",
    protocol: "pb",
    peer: "127.0.0.1:50412",
    attachedAtMs: Date.now() - 3_600_000,
    lastSeenAtMs: Date.now() - 4000,
    version: "0.1.0",
    builders: ["demo"],
    running: [],
    facts: new Map(),
    ...worker,
  };
}
