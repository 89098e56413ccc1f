// Chooses which request is built next, and on which worker. Pure.

export interface AssignableRequest {
  readonly id: number;
  readonly builder: string;
}

export interface AssignableWorker {
  readonly name: string;
  readonly builders: readonly string[];
  readonly maxBuilds: number | undefined;
  /** True while it is attached and not shutting down. */
  readonly takesBuilds: boolean;
  /** The builders of its running builds. */
  readonly running: readonly string[];
}

export interface Assignment<Request> {
  readonly request: Request;
  readonly worker: string;
}

export interface AssignmentState<Request> {
  /** Oldest first. */
  readonly waiting: readonly Request[];
  readonly workers: readonly AssignableWorker[];
  /** The number of the turn in which each builder last got a worker; builders that never had one are absent. */
  readonly lastTurns: ReadonlyMap<string, number>;
}

/**
 * Undefined when nothing can be built now. Each builder's requests run in order, and builders take turns, so one with
 * many requests does not starve the others. The free worker with the fewest builds is chosen.
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

/** What the oldest request waits for while a worker is free. */
export const NEXT_TURN = "its turn";

/** What a request of the builder waits for; completes "Waiting for …". */
export function waitsFor(builder: string, workers: readonly AssignableWorker[]): string {
  const able = workers.filter((worker) => worker.builders.includes(builder));
  const willing = able.filter((worker) => worker.takesBuilds);
  if (able.length === 0) return "a worker to attach";
  if (willing.length === 0) return "another worker: those attached are shutting down";
  const free = willing.filter((worker) => canBuild(worker, builder));
  if (free.length > 0) return NEXT_TURN;
  const names = willing.map((worker) => `'${worker.name}'`).join(", ");
  return willing.length === 1 ? `worker ${names}` : `one of the workers ${names}`;
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
