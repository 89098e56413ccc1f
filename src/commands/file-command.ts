// A command that is an act on the file system, or several, of which the first that fails is the last: done, or an rc that
// is the system's error number and a header that says it in words.

import { systemError } from "../base/system-error.ts";
import type { CommandOutput, ValueUpdate } from "../output/index.ts";
import { orAbandoned } from "./abandon.ts";
import type { CommandArguments } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { performCommand } from "./perform.ts";

export interface FileAct {
  /** For the header, if the system refuses. */
  readonly path: string;
  /**
   * Resolves to what was found, for the master. What takes long throws the signal's reason once that is aborted; what
   * does not, ends as if it had not been interrupted. What does not end at all is given up some time after that.
   */
  readonly act: (signal: AbortSignal) => Promise<readonly ValueUpdate[]>;
}

/** The rc of an act that was given up. */
const INTERRUPTED_RC = -1;

/** Defines a command by its name and how its acts follow from its arguments, which `prepare` may refuse. */
export function fileCommand(
  name: string,
  prepare: (args: CommandArguments, context: CommandContext) => FileAct | readonly FileAct[],
): CommandDefinition {
  return {
    name,
    version: "3.3",
    runsBeside: true,
    start(args, context) {
      const acts = [prepare(args, context)].flat();
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
    },
  };
}

export interface ActReport {
  /** The command's. */
  readonly name: string;
  readonly path: string;
  readonly output: CommandOutput;
}

/**
 * 0, or the number of the error with which the system refuses, which a header explains. Rejects with ERR_NULL_IN_PATH
 * for a path that no system takes, and with other errors.
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
