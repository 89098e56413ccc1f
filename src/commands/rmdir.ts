// rmdir: takes directories away with all that is in them, and never what a symbolic link leads to. What is missing is fine.
import { lstat } from "node:fs/promises";
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import { orAbandoned } from "./abandon.ts";
import { requiredTexts } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { filePath } from "./file-paths.ts";
import { type ProgramsWork, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

export const rmdir: CommandDefinition = {
  name: "rmdir",
  version: "3.3",
  start(args, context) {
    const paths = requiredTexts(args, "dir").map((dir) => joinPath(context.builderDirectory, dir));
    return startProgramsCommand({ args, context, perform: (work) => removeAll(paths, work, context) });
  },
};

/** The last rc that was not 0: one directory that stays does not keep the others. */
async function removeAll(paths: readonly string[], work: ProgramsWork, context: CommandContext): Promise<number> {
  if (paths.length === 0) throw commandsErrors.noDirectories();
  if (paths.some((path) => path.includes("\0"))) throw commandsErrors.nullInPath("rmdir");
  let rc = 0;
  for (const path of paths) rc = (await remove(path, work, context)) || rc;
  return rc;
}

async function remove(path: string, { run, signal }: ProgramsWork, { clock, rules }: CommandContext): Promise<number> {
  const link = await orAbandoned(linkAt(path, rules.fileEncoding), { signal, clock });
  // chmod would follow the link.
  if (link !== undefined) return run(["rm", "-rf", link]);
  const rc = await run(["rm", "-rf", path]);
  if (rc === 0) return 0;
  // Directories without write permission keep their content, until they are given it.
  await run(["chmod", "-Rf", "u+rwx", path]);
  return run(["rm", "-rf", path]);
}

/** The path of the symbolic link that `path` names: with a slash at the end, rm would empty what it leads to. */
async function linkAt(path: string, encoding: TextEncoding): Promise<string | undefined> {
  const entry = path.replace(/(?<=[^/])\/+$/, "");
  const stats = await lstat(filePath(entry, encoding)).catch(() => undefined); // then rm has words of its own for it
  return stats?.isSymbolicLink() === true ? entry : undefined;
}
