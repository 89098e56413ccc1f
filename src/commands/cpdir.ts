// cpdir: copies a directory with all that is in it, into the target when that is there already. The copies share their
// blocks with the originals where the file system can do that.
import { orAbandoned } from "./abandon.ts";
import { requiredText } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { copyOnWriteOptions } from "./copy-on-write.ts";
import { commandsErrors } from "./errors.ts";
import { rcOfAct } from "./file-command.ts";
import { makeParent } from "./make-directories.ts";
import { type ProgramsWork, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

const COPY = ["-R", "-P", "-p", "-v"];

export const cpdir: CommandDefinition = {
  name: "cpdir",
  version: "3.3",
  start(args, context) {
    const [from = "", to = ""] = ["fromdir", "todir"].map((name) =>
      joinPath(context.builderDirectory, requiredText(args, name)),
    );
    return startProgramsCommand({ args, context, perform: (work) => copy({ from, to }, work, context) });
  },
};

interface Copy {
  readonly from: string;
  readonly to: string;
}

async function copy({ from, to }: Copy, { run, output, signal }: ProgramsWork, context: CommandContext) {
  if (from.includes("\0") || to.includes("\0")) throw commandsErrors.nullInPath("cpdir");
  // With a slash at the end, Buildbot's worker makes the target itself, and the copy goes into it.
  const path = to.slice(0, to.lastIndexOf("/")) || "/";
  const { clock, rules } = context;
  const rc = await rcOfAct({ name: "cpdir", path, output }, () =>
    orAbandoned(makeParent(path, rules.fileEncoding), { signal, clock }),
  );
  if (rc !== 0) return rc;
  const options = await copyOnWriteOptions(context, signal);
  // People know the command without the options that only some systems have.
  return run(["cp", ...options, ...COPY, from, to], ["cp", ...COPY, from, to]);
}
