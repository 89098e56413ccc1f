// Removes and copies directories in this process, as Buildbot's worker does on Windows, where other programs, such as a virus
// scanner, may have a file open for a moment.
import { chmod, cp, lstat, mkdir, readdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { errorCode } from "../error-code.ts";

/** Errors of a file that is open in another program, or of a directory whose last entry is about to go. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set(["EBUSY", "EPERM", "EACCES", "ENOTEMPTY"]);
/** Waits before the attempts after the first, about two seconds in all. */
const RETRY_DELAYS_MS = [20, 50, 100, 200, 500, 1000];
const WRITABLE = 0o666;

/** See `TreeWork`. Links are removed, and not followed. */
export async function removeTree(path: string): Promise<void> {
  const stats = await lstat(path).catch(unlessMissing);
  if (stats === undefined) return;
  if (!stats.isDirectory()) return removeFile(path);
  for (const name of await readdir(path)) await removeTree(join(path, name));
  await withRetries(() => rmdir(path).catch(unlessMissing));
}

/** See `TreeWork`. */
export async function copyTree(from: string, to: string): Promise<void> {
  if ((await lstat(to).catch(unlessMissing)) !== undefined) {
    throw Object.assign(new Error("the target exists"), { code: "EEXIST", errno: 17, path: to });
  }
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}

/** A read-only file must become writable first. */
async function removeFile(path: string): Promise<void> {
  await withRetries(async () => {
    try {
      await unlink(path).catch(unlessMissing);
    } catch (error) {
      await chmod(path, WRITABLE).catch(unlessMissing);
      await unlink(path).catch(() => Promise.reject(error));
    }
  });
}

/** Repeats what fails for a moment; rejects with its last error. */
export async function withRetries(
  act: () => Promise<void>,
  delaysMs: readonly number[] = RETRY_DELAYS_MS,
): Promise<void> {
  for (const delayMs of delaysMs) {
    try {
      return await act();
    } catch (error) {
      if (!TRANSIENT.has(errorCode(error))) throw error;
      await setTimeout(delayMs);
    }
  }
  return act();
}

function unlessMissing(error: unknown): undefined {
  if (errorCode(error) === "ENOENT") return undefined;
  throw error;
}
