// Builds made comparable: what changes from run to run is masked, so that two workers that behave alike give equal
// values.
import type { StepCase } from "../cases/steps.ts";
import { type BuildOutcome, type Result, streamText } from "./build-outcome.ts";
import type { BuilderDescription, StepDescription } from "./description.ts";
import type { WorkerProcess } from "./worker-process.ts";

interface ComparableStep {
  readonly name: string;
  readonly result: Result;
  readonly stateString: string;
  /** By log name and stream. How lines of different streams lie between each other is left to chance by any worker. */
  readonly logs: Readonly<Record<string, { readonly [stream: string]: string }>>;
}

export interface ComparableBuild {
  readonly result: Result;
  readonly stateString: string;
  /** As JSON, without those that the worker and the builder are described by. */
  readonly properties: Readonly<Record<string, string>>;
  readonly steps: readonly ComparableStep[];
}

const streams = ["header", "stdout", "stderr", "text"] as const;

/** Properties that tell workers and builders apart, and facts about the host that differ on purpose. */
const describing =
  /^(?:basedir|builddir|builder|buildername|builderid|buildnumber|buildid|workername|numcpus|version)$/;

/** Masks the worker's base directory and name, and all measured times. */
export function comparable(
  build: BuildOutcome,
  worker: WorkerProcess,
  { stdoutInAnyOrder, stdoutLines }: Pick<StepCase, "stdoutInAnyOrder" | "stdoutLines"> = {},
): ComparableBuild {
  const inOrder = (stream: string, text: string) => {
    if (stream !== "stdout") return text;
    const lines = text.split("\n").slice(0, stdoutLines);
    return (stdoutInAnyOrder === true ? lines.sort() : lines).join("\n");
  };
  const mask = (text: string) =>
    text
      .replaceAll(worker.basedir, "<basedir>")
      .replaceAll(worker.name, "<worker>")
      // The one variable that our worker adds.
      .replaceAll(/^BUILDHAND_COMMAND=[0-9a-f-]{36}\n/gm, "")
      .replaceAll(/(?<=elapsedTime=)[0-9.e+-]+/g, "<seconds>")
      // What our worker says besides is compared with the commands.
      .replaceAll(/^buildhand: .*\n(?: +\d+ .*\n)*/gm, "");
  return {
    result: build.result,
    stateString: mask(build.stateString),
    properties: Object.fromEntries(
      Object.entries(build.properties)
        .filter(([name]) => !describing.test(name))
        .map(([name, value]) => [name, mask(JSON.stringify(value))]),
    ),
    steps: build.steps.map(({ name, result, stateString, logs }) => ({
      name,
      result,
      stateString: mask(stateString),
      logs: Object.fromEntries(
        Object.entries(logs).map(([log, stored]) => [
          log,
          Object.fromEntries(streams.map((stream) => [stream, inOrder(stream, mask(streamText(stored, stream)))])),
        ]),
      ),
    })),
  };
}

/** A builder for each worker, all with the same steps and the same directory below the worker's base directory. */
export function sameBuilders(
  scenario: string,
  steps: readonly StepDescription[],
  workers: readonly string[],
): BuilderDescription[] {
  return workers.map((worker) => ({
    name: builderFor(scenario, worker),
    workers: [worker],
    steps,
    args: { workerbuilddir: scenario },
  }));
}

/** The name of a scenario's builder for one worker. */
export function builderFor(scenario: string, worker: string): string {
  return `${scenario}-${worker}`;
}
