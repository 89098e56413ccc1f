// mkdir: a directory and its parents. It is fine when it is there already.
import { mkdir as makeDirectory } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandOutput } from "../output/command-output.ts";
import { type CommandArguments, requiredText } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { failureOfError } from "./failure.ts";
import { systemError } from "./system-error.ts";

export const mkdir: CommandDefinition = {
  name: "mkdir",
  version: "3.3",
  start(args: CommandArguments, context: CommandContext) {
    const path = resolve(context.builderDirectory, requiredText(args, "dir"));
    let interrupted = false;
    return {
      done: run(path, context, () => interrupted),
      interrupt() {
        interrupted = true;
      },
    };
  },
};

async function run(path: string, context: CommandContext, wasInterrupted: () => boolean): Promise<void> {
  const { clock, peer } = context;
  const startedMs = clock.nowMs();
  const output = new CommandOutput({ clock, send: (updates) => peer.update(updates) });
  try {
    await makeDirectory(path, { recursive: true });
    output.value({ key: "rc", rc: 0 });
  } catch (error) {
    const failed = systemError(error);
    if (failed === undefined) {
      output.end();
      return peer.complete(failureOfError(error));
    }
    output.value({ key: "rc", rc: failed.errno });
    output.header(`mkdir: ${failed.text}: ${path}`);
  }
  // Like every command that was interrupted, it says no more how long it took.
  if (!wasInterrupted()) output.value({ key: "elapsed", seconds: (clock.nowMs() - startedMs) / 1000 });
  output.end();
  peer.complete();
}
