// Commands of one or more file system operations, up to the first error. The rc is 0 or the system's error number, with
// a header that explains it.

import { systemError } from "../base/system-error.ts";
import type { CommandOutput, ValueUpdate } from "../output/index.ts";
import { orAbandoned } from "./abandon.ts";
import type { CommandArguments } from "./arguments.ts";
import type { CommandContext, CommandDefinition, StartedCommand } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { performCommand } from "./perform.ts";

export interface FileAct {
  /** For the header of an error. */
  readonly path: string;
  /**
   * Resolves to the results for the master. A long operation throws the signal's reason once it is aborted; a short one
   * ends as if it had not been interrupted. One that does not end is abandoned some time after the interrupt.
   */
  readonly act: (signal: AbortSignal) => Promise<readonly ValueUpdate[]>;
}

/** The rc of an abandoned operation. */
const INTERRUPTED_RC = -1;

/** Defines a command by its name and `prepare`, which derives operations from its arguments, or throws. */
export function fileCommand(
  name: string,
  prepare: (args: CommandArguments, context: CommandContext) => FileAct | readonly FileAct[],
): CommandDefinition {
  return {
    name,
    version: "3.3",
    runsBeside: true,
    start: (args, context) => startFileActs(name, [prepare(args, context)].flat(), context),
  };
}

/** Performs the operations of a command, one after the other. */
export function startFileActs(name: string, acts: readonly FileAct[], context: CommandContext): StartedCommand {
  const interruption = new AbortController();
  const { signal } = interruption;
  const done = performCommand(context, {
    wasInterrupted: () => signal.aborted,
    async perform(output) {
      const perform = ({ path, act }: FileAct) =>
        rcOfAct({ name, path, output }, async () => {
          const found = await orAbandoned(act(signal), { signal, clock: context.clock });
          for (const update of found) output.value(update);
        });
      let rc = 0;
      try {
        for (const act of acts) if (rc === 0) rc = await perform(act);
      } catch (error) {
        if (error !== signal.reason) throw error;
        output.header("\ncommand interrupted\n");
        rc = INTERRUPTED_RC;
      }
      output.value({ key: "rc", rc });
    },
  });
  return { done, interrupt: () => interruption.abort() };
}

export interface ActReport {
  /** The name of the command. */
  readonly name: string;
  readonly path: string;
  readonly output: CommandOutput;
}

/**
 * 0, or the system's error number, which a header explains. Rejects with ERR_NULL_IN_PATH for a path with a NUL, and
 * with other errors.
 */
export async function rcOfAct({ name, path, output }: ActReport, act: () => Promise<unknown>): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    const failed = systemError(error);
    if (failed === undefined) throw path.includes("\0") ? commandsErrors.nullInPath.from(error, name) : error;
    // Without a newline, as Buildbot's worker sends it: the text comes after the rc.
    output.header(`${name}: ${failed.text}: ${path}`);
    return failed.errno;
  }
}
