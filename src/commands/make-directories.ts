// A directory and its parents. Node's own recursive mkdir tries for ever, and busily, where the system says that a
// directory does not exist while its parent does, as below /proc.
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errors } from "../base/errors.ts";

/**
 * It is fine when they are there. Rejects with the system's error; EEXIST when `path` is no directory. ERR_NULL_IN_PATH
 * for a path that no system call takes.
 */
export async function makeDirectories(path: string): Promise<void> {
  if (path.includes("\0")) throw errors.nullInPath("mkdir");
  const failed = await attempt(path);
  if (failed === undefined) return;
  const parent = dirname(path);
  if (failed.code !== "ENOENT" || parent === path) throw failed;
  await makeDirectories(parent);
  const again = await attempt(path);
  if (again !== undefined) throw again;
}

/** Resolves to what the system refuses it for. */
async function attempt(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    const failed = error as NodeJS.ErrnoException;
    return failed.code === "EEXIST" && (await isDirectory(path)) ? undefined : failed;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined); // a link to nothing
  return stats?.isDirectory() ?? false;
}
