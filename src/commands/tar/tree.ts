// Walks a directory tree in the order of an archive. Names are bytes, since they may be invalid UTF-8.
import { type BigIntStats, lstatSync } from "node:fs";
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

/** Where the entries of a directory are found. */
interface PlaceOfEntries {
  readonly path: Buffer;
  readonly close?: () => Promise<void>;
}

/** Holds a directory that must not be replaced meanwhile; `depth` counts from 1. */
export type HoldDirectory = (path: Buffer, depth: number) => Promise<PlaceOfEntries>;

export interface TreeOptions {
  /** See near-trees.ts. */
  readonly isNear?: boolean | undefined;
  readonly hold?: HoldDirectory | undefined;
}

/** A directory that is being walked. */
interface OpenDirectory extends PlaceOfEntries {
  readonly name: Buffer;
  /** Remaining names, the next one last. */
  children: string[];
}

/**
 * The root first, which may be a link to a directory, then depth first, sorted by the bytes of the names. Rejects with
 * the system's error as soon as anything is unreadable. Holds the remaining names of all directories above.
 */
export async function* walkTree(
  root: string | Buffer,
  { isNear = false, hold = async (path) => ({ path }) }: TreeOptions = {},
): AsyncGenerator<TreeEntry, void, undefined> {
  const open: OpenDirectory[] = [];
  let next: Omit<TreeEntry, "stats"> | undefined = { name: NAMELESS, path: Buffer.from(root) };
  try {
    while (next !== undefined) {
      const { name, path }: Omit<TreeEntry, "stats"> = next;
      const stats = await statsOf(path, name.length === 0, isNear);
      yield { name, path, stats };
      if (stats.isDirectory()) {
        const place = name.length === 0 ? { path } : await hold(path, open.length);
        const directory: OpenDirectory = { name, ...place, children: [] };
        open.push(directory);
        directory.children = await readSortedNames(place.path, isNear);
      }
      next = await nextEntry(open);
    }
  } finally {
    for (const { close } of open) await close?.();
  }
}

async function statsOf(path: Buffer, isRoot: boolean, isNear: boolean): Promise<BigIntStats> {
  if (isRoot) return stat(path, { bigint: true });
  return isNear ? lstatSync(path, { bigint: true }) : lstat(path, { bigint: true });
}

async function nextEntry(open: OpenDirectory[]): Promise<Omit<TreeEntry, "stats"> | undefined> {
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const child = last.children.pop();
    if (child !== undefined) {
      const bytes = Buffer.from(child, "latin1");
      return { name: last.name.length === 0 ? bytes : joined(last.name, bytes), path: joined(last.path, bytes) };
    }
    open.pop();
    await last.close?.();
  }
  return undefined;
}

function joined(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SLASH, name]);
}
