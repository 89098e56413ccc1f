// What a master that was killed has left of uploads: halves go, and what was being replaced comes back. Nothing of uploads that
// run meanwhile is touched.
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { onMaster } from "./below.ts";
import { leftoverKind } from "./part-names.ts";

/** In the directory `root` and all below it, links aside. Rejects with ERR_MASTER_FILE. */
export function removeUploadLeftovers(root: string): Promise<void> {
  return onMaster(root, () => removeBelow(root));
}

async function removeBelow(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const kind = leftoverKind(entry.name);
    if (kind === "old" && entry.isDirectory()) await bringBack(path, directory);
    if (kind !== undefined) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory()) await removeBelow(path);
  }
}

/** Unless what was to replace it has come. */
async function bringBack(old: string, directory: string): Promise<void> {
  for (const name of await readdir(old)) {
    const place = join(directory, name);
    const isThere = await lstat(place).then(
      () => true,
      () => false,
    );
    if (!isThere) await rename(join(old, name), place);
  }
}
