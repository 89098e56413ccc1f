// A command that the worker does by programs of the system, one after the other, in its base directory.
import type { CommandOutput } from "../output/command-output.ts";
import { type CommandArguments, flag, type Limit, optionalLimit } from "./arguments.ts";
import type { CommandContext, RunningCommand } from "./command.ts";
import { performCommand } from "./perform.ts";
import { ownProgram } from "./shell/program.ts";
import { KILLED_RC, ProgramRunner } from "./shell/program-runner.ts";

/** How long such a program may be silent, if the master does not say. */
const DEFAULT_TIMEOUT: Limit = { seconds: 120, shown: "120" };

/** Runs a program and resolves to its rc; after an interrupt nothing is run, and that is KILLED_RC. */
export type RunProgram = (...words: readonly string[]) => Promise<number>;

export interface ProgramsCommand {
  readonly args: CommandArguments;
  readonly context: CommandContext;
  /** Resolves to the rc of the command. */
  readonly perform: (run: RunProgram, output: CommandOutput) => Promise<number>;
}

/** Starts it. Throws ERR_BAD_ARGUMENTS for `timeout`, `maxTime` and `logEnviron` that are none. */
export function startProgramsCommand({ args, context, perform }: ProgramsCommand): RunningCommand {
  const options = {
    workdir: context.baseDirectory,
    logEnviron: flag(args, "logEnviron", true),
    timeout: args.has("timeout") ? optionalLimit(args, "timeout") : DEFAULT_TIMEOUT,
    maxTime: optionalLimit(args, "maxTime"),
  };
  const runner = new ProgramRunner(context);
  const done = performCommand(context, {
    wasInterrupted: () => runner.interrupted,
    async perform(output) {
      const run: RunProgram = async (...words) =>
        runner.interrupted ? KILLED_RC : runner.run(ownProgram({ words, ...options }), output);
      output.value({ key: "rc", rc: await perform(run, output) });
    },
  });
  return { done, interrupt: (manner) => runner.interrupt(manner) };
}
