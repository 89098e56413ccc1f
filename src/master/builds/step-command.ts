// What a step asks of its worker, whatever kind of step it is, and what a worker can do by the versions that it told.
import type { BuilderConfig, StepCommon } from "../master-config.ts";
import type { Result } from "../results.ts";
import type { StepFiles } from "../transfers/index.ts";
import type { CommandArgument, CommandRequest, WorkerInfo } from "../worker-link.ts";

export interface StepContext {
  readonly builder: BuilderConfig;
  readonly worker: WorkerInfo;
  readonly files: StepFiles;
}

export interface StepCommand extends Pick<CommandRequest, "upload" | "download"> {
  readonly name: string;
  readonly args: ReadonlyMap<string, CommandArgument>;
  /** Of the files it follows; text for other logs is not kept. */
  readonly logNames: readonly string[];
  readonly resultOf: (rc: number) => Result;
  /** In place of the exit code. */
  readonly whyFailed?: () => string | undefined;
}

/** Whether the log of a step lists the variables of the programs it runs. */
export function logsEnvironment(step: StepCommon, builder: BuilderConfig): boolean {
  return step.logEnviron ?? builder.logEnviron ?? true;
}

export type PlannedStep = StepCommand | { readonly impossible: string };

/** Whether the worker has the command in this version or a newer one. */
export function hasCommand({ commands }: WorkerInfo, name: string, version = "0"): boolean {
  const told = commands.get(name);
  if (told === undefined || told === "") return false;
  const [got, wanted] = [numbersOf(told), numbersOf(version)];
  for (let place = 0; place < wanted.length; place++) {
    const difference = (got[place] ?? 0) - wanted[place]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What a step says that needs a command which the worker does not have. */
export function lacks(name: string): { readonly impossible: string } {
  return { impossible: `the worker does not know the command ${name}` };
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}

/** The result of a command that knows success and failure only. */
export function plainResult(rc: number): Result {
  return rc === 0 ? "SUCCESS" : "FAILURE";
}
