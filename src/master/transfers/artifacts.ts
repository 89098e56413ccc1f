// The files that builds have uploaded as artifacts: a directory for each build, named by its id.
import { lstat, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ArtifactView } from "../master-view.ts";
import { onMaster, partsOf, placeBelow } from "./below.ts";
import { leftoverKind } from "./part-names.ts";

/** Further files are not listed. */
const MAX_LISTED = 10_000;

export class Artifacts {
  readonly #root: string;

  /** `root` need not exist. */
  constructor(root: string) {
    this.#root = root;
  }

  directory(buildId: number): string {
    return join(this.#root, String(buildId));
  }

  /** Regular files, sorted by path. */
  async list(buildId: number): Promise<readonly ArtifactView[]> {
    const top = this.directory(buildId);
    const found: ArtifactView[] = [];
    for (const directories = [top]; directories.length > 0 && found.length < MAX_LISTED; ) {
      const here = directories.pop()!;
      for (const entry of await readdir(here, { withFileTypes: true }).catch(() => [])) {
        const path = join(here, entry.name);
        if (leftoverKind(entry.name) !== undefined) continue;
        if (entry.isDirectory()) directories.push(path);
        else if (entry.isFile() && found.length < MAX_LISTED) {
          const { size } = await lstat(path).catch(() => ({ size: 0 }));
          found.push({ path: relative(top, path), bytes: size });
        }
      }
    }
    return found.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** The absolute path of a regular file below the build's directory, not through symbolic links. */
  async find(buildId: number, path: string): Promise<string | undefined> {
    const parts = partsOf(path);
    if ("fault" in parts || parts.length === 0) return undefined;
    try {
      const place = await placeBelow(this.directory(buildId), path, false);
      return (await lstat(place)).isFile() ? place : undefined;
    } catch {
      return undefined;
    }
  }

  /** Removes the directories of other builds. Rejects with ERR_MASTER_FILE. */
  async keepOnly(buildIds: () => ReadonlySet<number>): Promise<void> {
    const names = (await readdir(this.#root).catch(() => [])).filter((name) => /^[1-9]\d{0,14}$/.test(name));
    // Asked now: a build that has a directory is among them.
    const kept = names.length === 0 ? new Set() : buildIds();
    for (const name of names.filter((one) => !kept.has(Number(one)))) {
      await onMaster(name, () => rm(join(this.#root, name), { recursive: true, force: true }));
    }
  }
}
