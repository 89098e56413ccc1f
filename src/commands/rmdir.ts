// rmdir: takes directories away with all that is in them. What is missing is fine.
import { errors } from "../base/errors.ts";
import { requiredTexts } from "./arguments.ts";
import type { CommandDefinition } from "./command.ts";
import { type RunProgram, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

export const rmdir: CommandDefinition = {
  name: "rmdir",
  version: "3.3",
  start(args, context) {
    const paths = requiredTexts(args, "dir").map((dir) => joinPath(context.builderDirectory, dir));
    return startProgramsCommand({ args, context, perform: (run) => removeAll(run, paths) });
  },
};

/** The last rc that was not 0: one directory that stays does not keep the others. */
async function removeAll(run: RunProgram, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) throw errors.noDirectories();
  if (paths.some((path) => path.includes("\0"))) throw errors.nullInPath("rmdir");
  let rc = 0;
  for (const path of paths) rc = (await remove(run, path)) || rc;
  return rc;
}

/** Directories without write permission keep their content, until they are given it. */
async function remove(run: RunProgram, path: string): Promise<number> {
  if ((await run("rm", "-rf", path)) === 0) return 0;
  await run("chmod", "-Rf", "u+rwx", path);
  return run("rm", "-rf", path);
}
