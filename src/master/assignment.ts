// Which request is built next, and by which worker. Pure: a request waits until this names it.

export interface AssignableRequest {
  readonly id: number;
  readonly builder: string;
}

export interface AssignableWorker {
  readonly name: string;
  readonly builders: readonly string[];
  readonly maxBuilds: number | undefined;
  /** Attached, and not shutting down. */
  readonly takesBuilds: boolean;
  /** The builders of what it builds now. */
  readonly running: readonly string[];
}

export interface Assignment<Request> {
  readonly request: Request;
  readonly worker: string;
}

export interface AssignmentState<Request> {
  /** In the order in which they were made. */
  readonly waiting: readonly Request[];
  readonly workers: readonly AssignableWorker[];
  /** When a builder got a worker last, counted; those that never did are not in it. */
  readonly lastTurns: ReadonlyMap<string, number>;
}

/**
 * Undefined when nothing can be built now. A builder's requests are taken in their order; builders take turns, so that one
 * with many requests does not keep the workers from the others. Of the workers, the one with the fewest builds is taken.
 */
export function nextAssignment<Request extends AssignableRequest>(
  state: AssignmentState<Request>,
): Assignment<Request> | undefined {
  for (const request of firstOfEachBuilder(state)) {
    const free = state.workers.filter((worker) => canBuild(worker, request.builder));
    const [first, ...others] = free;
    if (first === undefined) continue;
    const worker = others.reduce((best, other) => (other.running.length < best.running.length ? other : best), first);
    return { request, worker: worker.name };
  }
  return undefined;
}

/** What a request of the builder waits for, as a part of a sentence. */
export function waitsFor(builder: string, workers: readonly AssignableWorker[]): string {
  const able = workers.filter((worker) => worker.builders.includes(builder));
  const willing = able.filter((worker) => worker.takesBuilds);
  if (able.length === 0) return "no worker of this builder is attached";
  if (willing.length === 0) return "the workers of this builder that are attached are shutting down";
  const free = willing.filter((worker) => canBuild(worker, builder));
  if (free.length > 0) return "it is next";
  const names = willing.map((worker) => `'${worker.name}'`).join(", ");
  return willing.length === 1 ? `worker ${names} is busy` : `all workers of this builder are busy: ${names}`;
}

function canBuild(worker: AssignableWorker, builder: string): boolean {
  if (!worker.takesBuilds || !worker.builders.includes(builder) || worker.running.includes(builder)) return false;
  return worker.maxBuilds === undefined || worker.running.length < worker.maxBuilds;
}

function firstOfEachBuilder<Request extends AssignableRequest>(state: AssignmentState<Request>): readonly Request[] {
  const firsts = new Map<string, Request>();
  for (const request of state.waiting) if (!firsts.has(request.builder)) firsts.set(request.builder, request);
  const turn = ({ builder }: Request) => state.lastTurns.get(builder) ?? 0;
  return [...firsts.values()].sort((a, b) => turn(a) - turn(b) || a.id - b.id);
}
