// Cleans up after a killed master: removes partial uploads, and restores directories that were being replaced. Does not
// touch running uploads.
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { onMaster } from "./below.ts";
import { leftoverKind } from "./part-names.ts";

/** Searches `root` recursively without following links. Rejects with ERR_MASTER_FILE. */
export function removeUploadLeftovers(root: string): Promise<void> {
  return onMaster(root, () => removeBelow(root));
}

async function removeBelow(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const kind = leftoverKind(entry.name);
    if (kind === "old" && entry.isDirectory()) await restore(path, directory);
    if (kind !== undefined) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory()) await removeBelow(path);
  }
}

/** Unless the replacement is in place. */
async function restore(old: string, directory: string): Promise<void> {
  for (const name of await readdir(old)) {
    const place = join(directory, name);
    const isThere = await lstat(place).then(
      () => true,
      () => false,
    );
    if (!isThere) await rename(join(old, name), place);
  }
}
