// Cases of remote commands as builds of a master: the cases of a lane follow each other in one step, lanes run side by
// side. Knows how cases are sent, not how they are compared.
import type { CaseTable, CommandCase } from "../cases/case.ts";
import { streamText } from "./build-outcome.ts";
import { type CommandRecord, comparableRecords } from "./command-record.ts";
import { builderFor, sameBuilders } from "./comparable-build.ts";
import type { BuilderDescription, Json } from "./description.ts";
import { directoryName } from "./directory-name.ts";
import type { TestMaster } from "./test-master.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** A lane waits for all the timeouts of its cases. */
const LANE_DEADLINE_MS = 900_000;

export interface Lane {
  /** Also the builder's directory. */
  readonly name: string;
  readonly cases: readonly CommandCase[];
}

/** The tables as lanes, those with the most waiting first. A case is in the same lane whichever others are left out. */
export function lanesOf(tables: readonly CaseTable[], leftOut: readonly string[] = []): Lane[] {
  return [...tables]
    .sort((a, b) => (b.lanes ?? 1) - (a.lanes ?? 1))
    .flatMap(({ title, cases, lanes = 1 }) =>
      Array.from({ length: lanes }, (_, lane) => ({
        name: `${directoryName(title)}-${lane}`,
        cases: cases.filter(({ name }, place) => place % lanes === lane && !leftOut.includes(name)),
      })),
    );
}

/** A builder for each worker, with one step that runs the lane's cases. */
export function laneBuilders(lane: Lane, workers: readonly string[]): BuilderDescription[] {
  return workers.flatMap((worker) => {
    const builder = builderFor(lane.name, worker);
    const args = { cases: lane.cases.map(describedCase), recordFile: recordFileOf(builder) };
    return sameBuilders(lane.name, [{ type: "RawCommands", args }], [worker]);
  });
}

/** Runs the lane, or `again` one of its cases, on one worker: what was recorded, by the names of the cases. */
export async function runLane(
  master: TestMaster,
  lane: Lane,
  worker: WorkerProcess,
  again?: string,
): Promise<ReadonlyMap<string, CommandRecord>> {
  const builder = builderFor(lane.name, worker.name);
  const build = await master.startBuild(builder, again === undefined ? {} : { properties: { again } });
  const outcome = await build.finished(LANE_DEADLINE_MS);
  if (outcome.result !== "success") {
    const error = streamText(outcome.steps[0]?.logs["err.text"], "text");
    throw new Error(`lane ${builder} ended with ${outcome.result}\n${error}`);
  }
  const records = comparableRecords(master.fileText(recordFileOf(builder)), worker.basedir);
  const casesByName = new Map(lane.cases.map((one) => [one.name, one]));
  return new Map([...records].map(([name, record]) => [name, fairRecord(record, casesByName.get(name)?.stdoutIs)]));
}

function fairRecord(record: CommandRecord, stdoutIs: CommandCase["stdoutIs"]): CommandRecord {
  const { stdout, ...others } = record.printed;
  if (stdoutIs === "left to chance") return { ...record, printed: others };
  if (stdoutIs === undefined || stdout === undefined) return record;
  return { ...record, printed: { ...others, stdout: stdout.split("\n").sort().join("\n") } };
}

/** A case as raw_commands.py wants it. */
function describedCase(one: CommandCase): { readonly [key: string]: Json } {
  const directory = directoryName(one.name);
  const { args, replacement, stdoutIs: _stdoutIs, ...plain } = one;
  return {
    ...(plain as unknown as { readonly [key: string]: Json }),
    directory,
    args: args(directory),
    ...(replacement === undefined ? {} : { replacement: replacement(directory) }),
  };
}

function recordFileOf(builder: string): string {
  return `records-of-${builder}.json`;
}
