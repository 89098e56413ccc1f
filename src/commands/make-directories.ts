// Creates a directory and its parents. Node's own recursive mkdir loops endlessly where the system reports ENOENT
// although the parent exists, as below /proc.
import type { PathLike } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { utf8 } from "../base/encoding/text-encoding.ts";
import { commandsErrors } from "./errors.ts";
import { byteText } from "./file-names.ts";
import { filePath } from "./file-paths.ts";
import { namingPath, type PathRules } from "./held-path.ts";

/**
 * Existing directories are not an error. Rejects with the system's error (EEXIST when `path` is not a directory), or
 * ERR_NULL_IN_PATH for a path with a NUL.
 */
export async function makeDirectories(
  path: string,
  { fileEncoding: encoding, confinement }: PathRules = { fileEncoding: utf8 },
): Promise<void> {
  if (path.includes("\0")) throw commandsErrors.nullInPath("mkdir");
  if (confinement !== undefined) {
    const made = confinement.makeDirectories(byteText(path, encoding));
    return made.catch((error: unknown) => {
      throw namingPath(error, path);
    });
  }
  const systemPath = filePath(path, encoding);
  const failed = await attempt(systemPath);
  if (failed === undefined) return;
  const parent = dirname(path);
  if (failed.code !== "ENOENT" || parent === path) throw failed;
  await makeDirectories(parent, { fileEncoding: encoding });
  const again = await attempt(systemPath);
  if (again !== undefined) throw again;
}

/** Resolves to the system's error, if any. */
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
  const stats = await stat(path).catch(() => undefined); // a dangling link
  return stats?.isDirectory() ?? false;
}

/** Like `makeDirectories`, but accepts a file in place of the directory: the next operation reports that. */
export async function makeParent(path: string, rules: PathRules): Promise<void> {
  try {
    await makeDirectories(path, rules);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
