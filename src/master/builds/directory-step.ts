// Steps that create, copy and remove files and directories on the worker. Pure.
import type { CopyStep, DirectoryStep } from "../master-config.ts";
import type { CommandArgument, WorkerInfo } from "../worker-link.ts";
import {
  hasCommand,
  logsEnvironment,
  type PlannedStep,
  plainResult,
  type StepContext,
  unsupported,
} from "./step-command.ts";

/** Time without output until a removal or a copy is killed, as in Buildbot. */
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
      // Older workers remove files with the command for directories.
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
  if (!hasCommand(worker, name)) return unsupported(name);
  return { name, args: new Map(args), logNames: [], resultOf: plainResult };
}
