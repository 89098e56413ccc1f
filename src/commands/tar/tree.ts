// Walks a directory tree in the order of an archive. Names are bytes, since they may be invalid UTF-8.
import type { BigIntStats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { readSortedNames } from "./sorted-names.ts";

export interface TreeEntry {
  /** Path from the root; empty for the root itself. */
  readonly name: Buffer;
  readonly path: Buffer;
  /** For a symbolic link, those of the link itself. */
  readonly stats: BigIntStats;
}

const NAMELESS = Buffer.alloc(0);
const SLASH = Buffer.from("/");

/** A directory that is being walked. */
interface OpenDirectory {
  readonly name: Buffer;
  /** Remaining names, the next one last. */
  readonly children: string[];
}

/**
 * The root first, which may be a link to a directory, then depth first, sorted by the bytes of the names. Rejects with
 * the system's error as soon as anything is unreadable. Holds the remaining names of all directories above.
 */
export async function* walkTree(root: string | Buffer): AsyncGenerator<TreeEntry, void, undefined> {
  const rootPath = typeof root === "string" ? Buffer.from(root) : root;
  const open: OpenDirectory[] = [];
  let name: Buffer | undefined = NAMELESS;
  while (name !== undefined) {
    const path: Buffer = name.length === 0 ? rootPath : joined(rootPath, name);
    const stats: BigIntStats = await (name.length === 0 ? stat : lstat)(path, { bigint: true });
    yield { name, path, stats };
    if (stats.isDirectory()) open.push({ name, children: await readSortedNames(path) });
    name = nextName(open);
  }
}

function nextName(open: OpenDirectory[]): Buffer | undefined {
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const child = last.children.pop();
    if (child !== undefined) {
      const bytes = Buffer.from(child, "latin1");
      return last.name.length === 0 ? bytes : joined(last.name, bytes);
    }
    open.pop();
  }
  return undefined;
}

function joined(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SLASH, name]);
}
