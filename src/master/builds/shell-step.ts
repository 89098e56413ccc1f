// A step that runs a program: the arguments of the command `shell`. All are sent, as Buildbot does. Pure.
import type { BuilderConfig, ShellStep } from "../master-config.ts";
import type { CommandArgument, WorkerInfo } from "../worker-link.ts";
import { hasCommand, logsEnvironment, plainResult, type StepCommand, type StepContext } from "./step-command.ts";

export function shellCommand(step: ShellStep, { builder, worker }: StepContext): StepCommand {
  return {
    name: "shell",
    args: new Map([...argumentsOf(step, builder), ...argumentsByVersion(step, worker)]),
    logNames: [...step.logfiles.keys()],
    resultOf: (rc) => step.decodeRC.get(rc) ?? plainResult(rc),
  };
}

function argumentsOf(step: ShellStep, builder: BuilderConfig): [string, CommandArgument][] {
  return [
    ["command", step.command],
    ["workdir", step.workdir],
    ["env", new Map([...builder.env, ...step.env])],
    ["initial_stdin", step.initialStdin],
    ["want_stdout", true],
    ["want_stderr", true],
    ["timeout", step.timeout],
    ["maxTime", step.maxTime],
    ["max_lines", step.maxLines],
    ["logfiles", logfilesOf(step)],
    ["logEnviron", logsEnvironment(step, builder)],
  ];
}

/** Buildbot 0.8 workers fail on unknown arguments. */
function argumentsByVersion(step: ShellStep, worker: WorkerInfo): [string, CommandArgument][] {
  const args: [string, CommandArgument][] = [];
  if (!hasCommand(worker, "shell")) args.push(["dir", step.workdir]);
  if (hasCommand(worker, "shell", "2.7")) args.push(["usePTY", step.usePTY]);
  if (hasCommand(worker, "shell", "2.15")) args.push(["interruptSignal", "KILL"]);
  if (hasCommand(worker, "shell", "2.16")) args.push(["sigtermTime", step.sigtermTime]);
  return args;
}

function logfilesOf({ logfiles }: ShellStep): ReadonlyMap<string, CommandArgument> {
  return new Map(
    [...logfiles].map(([name, { filename, follow }]) => [
      name,
      new Map<string, CommandArgument>([
        ["filename", filename],
        ["follow", follow],
      ]),
    ]),
  );
}
