// A directory tree entry by entry, in the order of an archive. Names are bytes: not all of them are valid UTF-8.
import type { BigIntStats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";

export interface TreeEntry {
  /** From the root on, with slashes between; empty for the root itself. */
  readonly name: Buffer;
  readonly path: Buffer;
  /** Of a symbolic link the link's own. */
  readonly stats: BigIntStats;
}

const NAMELESS = Buffer.alloc(0);
const SLASH = Buffer.from("/");

/**
 * The root first, which may be a link to a directory, then depth first, sorted by the bytes of the names. Rejects with
 * the system's error as soon as anything cannot be read. Holds the names that are still to come in the directories above.
 */
export async function* walkTree(root: string): AsyncGenerator<TreeEntry, void, undefined> {
  const rootPath = Buffer.from(root);
  const pending: Buffer[] = [NAMELESS];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const path = name.length === 0 ? rootPath : Buffer.concat([rootPath, SLASH, name]);
    const stats = await (name.length === 0 ? stat : lstat)(path, { bigint: true });
    yield { name, path, stats };
    if (!stats.isDirectory()) continue;
    const children = await readdir(path, { encoding: "buffer" });
    // The last is taken first.
    for (const child of children.sort((a, b) => b.compare(a))) {
      pending.push(name.length === 0 ? child : Buffer.concat([name, SLASH, child]));
    }
  }
}
