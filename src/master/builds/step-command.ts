// What a step asks of its worker, whatever kind of step it is.
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
