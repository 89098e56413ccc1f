// rmdir: removes directories with their content, without following symbolic links. Missing directories are not an
// error.
import { lstat } from "node:fs/promises";
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import { isLinux } from "../base/platform.ts";
import { systemRules } from "../base/system-rules.ts";
import { orAbandoned } from "./abandon.ts";
import { requiredTexts } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { startFileActs } from "./file-command.ts";
import { byteText } from "./file-names.ts";
import { filePath } from "./file-paths.ts";
import { type ProgramsWork, rcOfTreeWork, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

export const rmdir: CommandDefinition = {
  name: "rmdir",
  version: "3.3",
  start(args, context) {
    const paths = requiredTexts(args, "dir").map((dir) => joinPath(context.builderDirectory, dir));
    const { confinement, fileEncoding } = context.rules;
    if (confinement !== undefined) {
      if (paths.length === 0) throw commandsErrors.noDirectories();
      // By the worker itself: rm might follow a link that somebody makes meanwhile.
      const acts = paths.map((path) => ({
        path,
        act: (signal: AbortSignal) => confinement.removeTree(byteText(path, fileEncoding), signal).then(() => []),
      }));
      return startFileActs("rmdir", acts, context);
    }
    return startProgramsCommand({ args, context, perform: (work) => removeAll(paths, work, context) });
  },
};

/** Returns the last rc that was not 0; a failure does not prevent removing the others. */
async function removeAll(paths: readonly string[], work: ProgramsWork, context: CommandContext): Promise<number> {
  if (paths.length === 0) throw commandsErrors.noDirectories();
  if (paths.some((path) => path.includes("\0"))) throw commandsErrors.nullInPath("rmdir");
  let rc = 0;
  for (const path of paths) rc = (await remove(path, work, context)) || rc;
  return rc;
}

async function remove(
  path: string,
  { run, output, signal }: ProgramsWork,
  { clock, rules }: CommandContext,
): Promise<number> {
  const { treeWork } = systemRules;
  if (treeWork !== undefined) {
    return rcOfTreeWork("rmdirRecursive", output, () => orAbandoned(treeWork.remove(path), { signal, clock }));
  }
  const link = await orAbandoned(linkAt(path, rules.fileEncoding), { signal, clock });
  // chmod would follow the link.
  if (link !== undefined) return run(["rm", "-rf", link]);
  const rc = await run(["rm", "-rf", path]);
  if (rc === 0) return 0;
  // Directories without write permission can be emptied only after chmod.
  await run(unlockingWords(path));
  return run(["rm", "-rf", path]);
}

/** The program that gives the owner access to all directories below `path`, and its arguments. */
export function unlockingWords(path: string, hasGnuChmod = isLinux): readonly string[] {
  if (hasGnuChmod) return ["chmod", "-Rf", "u+rwx", path];
  // On the BSDs, chmod -R reads a directory before it changes its mode.
  return ["find", path, "-type", "d", "-exec", "chmod", "u+rwx", "{}", ";"];
}

/** The symbolic link that `path` names, without a trailing slash: with one, rm would empty its target. */
async function linkAt(path: string, encoding: TextEncoding): Promise<string | undefined> {
  const entry = systemRules.withoutEnd(path);
  const stats = await lstat(filePath(entry, encoding)).catch(() => undefined); // then rm reports the error
  return stats?.isSymbolicLink() === true ? entry : undefined;
}
