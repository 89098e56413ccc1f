// Commands that the worker performs with system programs, one after the other, in its base directory. They print
// nothing while they work, so their timeout counts only time without activity.
import type { CommandOutput } from "../output/index.ts";
import { type CommandArguments, flag, optionalLimit, type SecondsLimit } from "./arguments.ts";
import type { CommandContext, StartedCommand } from "./command.ts";
import { osErrorText } from "./os-error.ts";
import { performCommand } from "./perform.ts";
import { KILLED_RC, ownProgram, ProgramRunner } from "./shell/index.ts";

/** Default timeout without activity. */
const DEFAULT_TIMEOUT: SecondsLimit = { seconds: 120, shown: "120" };

/**
 * Runs a program and resolves to its rc; after an interrupt, runs nothing and returns KILLED_RC. `shown` replaces the
 * words in headers and logs.
 */
export type RunProgram = (words: readonly string[], shown?: readonly string[]) => Promise<number>;

/** The rc of work that needs no program: 0, or KILLED_RC and a header after an error of the system. */
export async function rcOfTreeWork(name: string, output: CommandOutput, act: () => Promise<void>): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    output.header(`exception from ${name}\n${reason}\n`);
    return KILLED_RC;
  }
}

/** For the work between the programs. */
export interface ProgramsWork {
  readonly run: RunProgram;
  readonly output: CommandOutput;
  /** Aborted by an interrupt. Rejection with its reason ends the command with KILLED_RC. */
  readonly signal: AbortSignal;
}

export interface ProgramsCommand {
  readonly args: CommandArguments;
  readonly context: CommandContext;
  /** Resolves to the rc of the command. */
  readonly perform: (work: ProgramsWork) => Promise<number>;
}

/** Starts it. Throws ERR_BAD_ARGUMENTS for an invalid `timeout`, `maxTime` or `logEnviron`. */
export function startProgramsCommand({ args, context, perform }: ProgramsCommand): StartedCommand {
  const options = {
    // Their arguments and output are paths.
    encoding: context.rules.fileEncoding,
    workdir: context.baseDirectory,
    logEnviron: flag(args, "logEnviron", true),
    timeout: args.has("timeout") ? optionalLimit(args, "timeout") : DEFAULT_TIMEOUT,
    maxTime: optionalLimit(args, "maxTime"),
  };
  const runner = new ProgramRunner(context);
  const interruption = new AbortController();
  const { signal } = interruption;
  const done = performCommand(context, {
    wasInterrupted: () => signal.aborted,
    async perform(output) {
      const run: RunProgram = async (words, shown = words) =>
        signal.aborted ? KILLED_RC : runner.run(ownProgram({ words, shown, ...options }), output);
      const rc = await perform({ run, output, signal }).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
        return KILLED_RC;
      });
      output.value({ key: "rc", rc });
    },
  });
  return {
    done,
    interrupt(manner) {
      interruption.abort();
      runner.interrupt(manner);
    },
  };
}
