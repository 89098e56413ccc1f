// cpdir: copies a directory with all that is in it, into the target when that is there already.
import { errors } from "../base/errors.ts";
import { requiredText } from "./arguments.ts";
import type { CommandDefinition } from "./command.ts";
import { rcOfAct } from "./file-command.ts";
import { makeDirectories } from "./make-directories.ts";
import { startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

export const cpdir: CommandDefinition = {
  name: "cpdir",
  version: "3.3",
  start(args, context) {
    const [from = "", to = ""] = ["fromdir", "todir"].map((name) =>
      joinPath(context.builderDirectory, requiredText(args, name)),
    );
    return startProgramsCommand({
      args,
      context,
      async perform(run, output) {
        if (from.includes("\0") || to.includes("\0")) throw errors.nullInPath("cpdir");
        // With a slash at the end, Buildbot's worker makes the target itself, and the copy goes into it.
        const path = to.slice(0, to.lastIndexOf("/")) || "/";
        const rc = await rcOfAct({ name: "cpdir", path, output }, () => makeParent(path));
        return rc || run("cp", "-R", "-P", "-p", "-v", from, to);
      },
    });
  },
};

/** For a file in the place of the directory cp has words of its own. */
async function makeParent(path: string): Promise<void> {
  try {
    await makeDirectories(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
