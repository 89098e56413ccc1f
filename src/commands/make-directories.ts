// A directory and its parents. Node's own recursive mkdir tries for ever, and busily, where the system says that a
// directory does not exist while its parent does, as below /proc.
import type { PathLike } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { commandsErrors } from "./errors.ts";
import { filePath } from "./file-paths.ts";

/**
 * It is fine when they are there. Rejects with the system's error; EEXIST when `path` is no directory. ERR_NULL_IN_PATH
 * for a path that no system call takes.
 */
export async function makeDirectories(path: string, encoding: TextEncoding = utf8): Promise<void> {
  if (path.includes("\0")) throw commandsErrors.nullInPath("mkdir");
  const systemPath = filePath(path, encoding);
  const failed = await attempt(systemPath);
  if (failed === undefined) return;
  const parent = dirname(path);
  if (failed.code !== "ENOENT" || parent === path) throw failed;
  await makeDirectories(parent, encoding);
  const again = await attempt(systemPath);
  if (again !== undefined) throw again;
}

/** Resolves to what the system refuses it for. */
async function attempt(path: PathLike): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    const failed = error as NodeJS.ErrnoException;
    return failed.code === "EEXIST" && (await isDirectory(path)) ? undefined : failed;
  }
}

async function isDirectory(path: PathLike): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined); // a link to nothing
  return stats?.isDirectory() ?? false;
}

/** As `makeDirectories`, but for a file in the place of the directory: whatever uses it next says so in its own words. */
export async function makeParent(path: string, encoding: TextEncoding): Promise<void> {
  try {
    await makeDirectories(path, encoding);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
