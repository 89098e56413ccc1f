// Directories in the base directory that no builder uses any more: named in the log, or removed when that is asked for.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "../base/errors.ts";
import type { WorkerSettings } from "./settings.ts";

/** Never an answer to a master: whatever goes wrong is a line in the log. */
export async function sweepLeftoverDirectories(
  settings: Pick<WorkerSettings, "baseDirectory" | "deleteLeftoverDirs" | "log">,
  wantedDirectories: readonly string[],
): Promise<void> {
  const { baseDirectory, deleteLeftoverDirs, log } = settings;
  // A builder's directory `a/b` needs `a`.
  const wanted = new Set([
    "info",
    ...wantedDirectories.map((path) => path.split("/").find((part) => part !== "" && part !== ".")),
  ]);
  for (const name of await directoriesIn(baseDirectory, log)) {
    if (wanted.has(name)) continue;
    if (!deleteLeftoverDirs) {
      log(`I have a leftover directory '${name}' that is not being used by the buildmaster: you can delete it now`);
      continue;
    }
    log(`Deleting directory '${name}' that is not being used by the buildmaster`);
    try {
      await rm(join(baseDirectory, name), { recursive: true });
    } catch (error) {
      log(`Cannot remove directory '${name}': ${errorText(error)}`);
    }
  }
}

async function directoriesIn(path: string, log: (text: string) => void): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    log(`Cannot list the base directory: ${errorText(error)}`);
    return [];
  }
}
