// The command that a step sends to its worker, for every kind of step, and checks of the command versions that a worker
// supports.
import type { BuilderConfig, StepCommon } from "../master-config.ts";
import type { Result } from "../results.ts";
import type { StepFiles } from "../transfers/index.ts";
import type { CommandArgument, CommandRequest, WorkerInfo } from "../worker-link.ts";
import type { BuildFacts } from "./build-facts.ts";

/** What the steps of a build reach outside of their worker. */
export interface StepTools {
  readonly files: StepFiles;
  /** For uploads into the directory of the build. */
  readonly artifacts: StepFiles;
  /** Undefined where there are no schedulers. */
  readonly triggers: Triggers | undefined;
}

export interface StepContext extends StepTools {
  readonly builder: BuilderConfig;
  readonly worker: WorkerInfo;
  readonly facts: BuildFacts;
}

/** Builds that a step requests. */
export interface Triggers {
  /** Returns the ids of the requests. Throws ERR_STORE_WRITE. */
  request(
    schedulers: readonly string[],
    properties: ReadonlyMap<string, string>,
  ): readonly number[] | { readonly impossible: string };
  /** Resolves when the build of the request has ended, the request was cancelled, or it gets no build. */
  ended(requestId: number): Promise<TriggeredEnd>;
}

export interface TriggeredEnd {
  readonly result: Result;
  /** Why there is no build, as a clause. */
  readonly fault?: string;
}

export interface StepCommand extends Pick<CommandRequest, "upload" | "download"> {
  readonly name: string;
  readonly args: ReadonlyMap<string, CommandArgument>;
  /** Logs of the files it follows; text of other logs is dropped. */
  readonly logNames: readonly string[];
  readonly resultOf: (rc: number) => Result;
  /** Explains a failure in place of the exit code. */
  readonly whyFailed?: () => string | undefined;
}

/** Whether the log of a step lists the environment of its programs. */
export function logsEnvironment(step: StepCommon, builder: BuilderConfig): boolean {
  return step.logEnviron ?? builder.logEnviron;
}

export type PlannedStep = StepCommand | { readonly impossible: string };

/** Whether the worker has the command in this version or a newer one. */
export function hasCommand({ commands }: WorkerInfo, name: string, version = "0"): boolean {
  const supported = commands.get(name);
  if (supported === undefined || supported === "") return false;
  const [got, wanted] = [numbersOf(supported), numbersOf(version)];
  for (let place = 0; place < wanted.length; place++) {
    const difference = (got[place] ?? 0) - wanted[place]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The error of a step whose command the worker does not support. */
export function unsupported(name: string): { readonly impossible: string } {
  return { impossible: `the worker does not support the command ${name}` };
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}

/** The result of a command that either succeeds or fails. */
export function plainResult(rc: number): Result {
  return rc === 0 ? "SUCCESS" : "FAILURE";
}
