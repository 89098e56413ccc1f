// All cases of the comparison on one worker: remote commands by lanes, builds of ordinary steps, several at a time.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { poll } from "../../support/poll.ts";
import type { CaseTable } from "../cases/case.ts";
import type { StepCase } from "../cases/steps.ts";
import { type Lane, laneBuilders, lanesOf, runLane } from "./command-lanes.ts";
import type { CommandRecord } from "./command-record.ts";
import { builderFor, type ComparableBuild, comparable, sameBuilders } from "./comparable-build.ts";
import type { BuilderDescription } from "./description.ts";
import { directoryName } from "./directory-name.ts";
import type { TestMaster } from "./test-master.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** How many builds of one worker run at the same time: enough to share the waits, few enough for timeouts to be meant. */
const BUILDS_AT_A_TIME = 5;
/** On a loaded machine, a clone by git waits for many commands. */
const BUILD_DEADLINE_MS = 400_000;

export interface Cases {
  readonly tables: readonly CaseTable[];
  readonly builds: readonly StepCase[];
  /** Names of cases of the tables. */
  readonly leftOut?: readonly string[];
}

export interface Everything {
  /** By the names of the cases. */
  readonly commands: ReadonlyMap<string, CommandRecord>;
  readonly builds: ReadonlyMap<string, ComparableBuild>;
  /** Runs one of the remote commands once more; its new record takes the place of the old. */
  commandAgain(name: string): Promise<void>;
}

/** The builders that `runEverything` needs. */
export function buildersForEverything(
  { tables, builds, leftOut }: Cases,
  workers: readonly string[],
): BuilderDescription[] {
  return [
    ...lanesOf(tables, leftOut).flatMap((lane) => laneBuilders(lane, workers)),
    ...builds.flatMap(({ name, steps }) => sameBuilders(directoryName(name), steps, workers)),
  ];
}

/** Runs all cases on an attached worker. */
export async function runEverything(master: TestMaster, cases: Cases, worker: WorkerProcess): Promise<Everything> {
  const commands = new Map<string, CommandRecord>();
  const builds = new Map<string, ComparableBuild>();
  const keepLane = async (lane: Lane, again?: string) => {
    for (const [name, record] of await runLane(master, lane, worker, again)) commands.set(name, record);
  };
  const lanes = lanesOf(cases.tables, cases.leftOut);
  const buildJob = (one: StepCase) => async () => void builds.set(one.name, await runBuild(master, one, worker));
  await runSome([...lanes.map((lane) => () => keepLane(lane)), ...cases.builds.map(buildJob)]);
  return {
    commands,
    builds,
    async commandAgain(name) {
      for (const lane of lanes) if (lane.cases.some((one) => one.name === name)) await keepLane(lane, name);
    },
  };
}

async function runSome(jobs: (() => Promise<void>)[]): Promise<void> {
  const runWaiting = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: BUILDS_AT_A_TIME }, runWaiting));
}

async function runBuild(master: TestMaster, one: StepCase, worker: WorkerProcess): Promise<ComparableBuild> {
  const scenario = directoryName(one.name);
  const build = await master.startBuild(builderFor(scenario, worker.name));
  if (one.stoppedOnArrival) {
    const arrived = join(worker.basedir, scenario, "build", "arrived");
    await poll(`the command of "${one.name}" to arrive`, () => existsSync(arrived), {
      deadlineMs: BUILD_DEADLINE_MS,
    });
    await build.stop("the test asks for it");
  }
  return comparable(await build.finished(BUILD_DEADLINE_MS), worker, one);
}
