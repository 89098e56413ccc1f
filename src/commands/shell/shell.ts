// shell: runs a command line in the builder's directory, and streams its output to the master.

import { pythonRepr } from "../../base/python-repr.ts";
import type { CommandArguments } from "../arguments.ts";
import type { CommandContext, CommandDefinition } from "../command.ts";
import { commandsErrors } from "../errors.ts";
import { performCommand } from "../perform.ts";
import { readLogFiles } from "./log-files.ts";
import { ProgramRunner } from "./program-runner.ts";
import { readShellArguments } from "./shell-arguments.ts";

export const shell: CommandDefinition = {
  name: "shell",
  version: "3.3",
  start(args: CommandArguments, context: CommandContext) {
    const { encoding } = context.rules;
    const program = readShellArguments(args, { builderDirectory: context.builderDirectory, encoding });
    const runner = new ProgramRunner(context);
    const done = performCommand(context, {
      encoding,
      wasInterrupted: () => runner.interrupted,
      async perform(output) {
        checkPty(args.get("usePTY"));
        await runner.run(program, output, readLogFiles(program, context.rules.fileEncoding));
      },
    });
    return { done, interrupt: (manner) => runner.interrupt(manner) };
  },
};

/** Masters of the 0.8 series send another value, which fails the command after its start. */
function checkPty(usePty: unknown): void {
  if (![undefined, null, true, false, 0, 1].includes(usePty as boolean))
    throw commandsErrors.badPty(pythonRepr(usePty));
}
