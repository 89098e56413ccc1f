// Workers of one master that all do their share of the cases, at the same time.
import { buildersForEverything, type Cases, type Everything, runEverything } from "./everything.ts";
import { startMaster, type TestMaster } from "./test-master.ts";
import { startAttachedWorker, type WorkerKind, type WorkerOptions } from "./worker-process.ts";

/** A minute or two on an idle machine; one that others use as well may take ten times as long. */
export const EVERYTHING_DEADLINE_MS = 1_200_000;

export interface Contender extends WorkerOptions {
  readonly kind: WorkerKind;
  readonly cases: Cases;
}

/** A master that knows them all, and has their builders. */
export function masterOf(contenders: readonly Contender[]): Promise<TestMaster> {
  return startMaster({
    workers: contenders.map(({ name }) => ({ name, password: "password" })),
    builders: contenders.flatMap(({ cases, name }) => buildersForEverything(cases, [name])),
  });
}

/** What each has done, by their names. */
export async function runContenders(
  master: TestMaster,
  contenders: readonly Contender[],
): Promise<ReadonlyMap<string, Everything>> {
  const outcomes = contenders.map(async ({ cases, kind, ...options }) => {
    const worker = await startAttachedWorker(kind, master, options);
    return [options.name, await runEverything(master, cases, worker)] as const;
  });
  return new Map(await Promise.all(outcomes));
}

/** For the second try of a test: the command runs once more on all that have it, since load may have changed its record. */
export async function commandAgain(outcomes: ReadonlyMap<string, Everything>, name: string): Promise<void> {
  await Promise.all([...outcomes.values()].map((outcome) => outcome.commandAgain(name)));
}
