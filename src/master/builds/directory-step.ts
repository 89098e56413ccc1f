// Steps that make, copy and remove files and directories on the worker. Pure.
import type { CopyStep, DirectoryStep } from "../master-config.ts";
import type { CommandArgument, WorkerInfo } from "../worker-link.ts";
import { hasCommand, lacks, logsEnvironment, type PlannedStep, plainResult, type StepContext } from "./step-command.ts";

/** Of a removal or a copy, without a word from it, as Buildbot's masters have it. */
const TIMEOUT_SECONDS = 120;

export function directoryCommand(step: DirectoryStep | CopyStep, { worker, builder }: StepContext): PlannedStep {
  const watched: readonly [string, CommandArgument][] = [
    ["timeout", TIMEOUT_SECONDS],
    ["maxTime", null],
    ["logEnviron", logsEnvironment(step, builder)],
  ];
  switch (step.type) {
    case "mkdir":
      return command(worker, "mkdir", [["dir", step.path]]);
    case "rmdir":
      return command(worker, "rmdir", [["dir", step.path], ...watched]);
    case "rmfile":
      // Before there was a command for files, the one for directories did it.
      return hasCommand(worker, "rmfile", "3.1")
        ? command(worker, "rmfile", [["path", step.path]])
        : command(worker, "rmdir", [["dir", step.path], ...watched]);
    case "cpdir":
      return command(worker, "cpdir", [["fromdir", step.from], ["todir", step.to], ...watched]);
    default:
      return step satisfies never;
  }
}

function command(worker: WorkerInfo, name: string, args: readonly [string, CommandArgument][]): PlannedStep {
  if (!hasCommand(worker, name)) return lacks(name);
  return { name, args: new Map(args), logNames: [], resultOf: plainResult };
}
