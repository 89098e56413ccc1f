// Finds full file systems. Knows no commands.
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";

export interface FullDisk {
  /** A directory on it. */
  readonly directory: string;
  readonly lacks: "space" | "inodes";
}

/** A file system with less free space counts as full; a small one with less than 1 % of its size. */
export const LEAST_FREE_BYTES = 1024 * 1024;
const LEAST_FREE_PART = 0.01;

/** The relevant fields of `statfs`. */
export interface DiskRoom {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** The first directory whose file system is full for us; undefined when there is none. */
export async function fullDisk(directories: readonly string[]): Promise<FullDisk | undefined> {
  for (const directory of new Set(directories)) {
    try {
      const lacks = lackOf(await statfs(directory), process.getuid?.() === 0);
      if (lacks === undefined) continue;
      // Read-only file systems, such as images, are always full.
      await access(directory, constants.W_OK);
      return { directory, lacks };
    } catch {
      // missing or not writable, so it is not the cause
    }
  }
  return undefined;
}

/** Some file systems count no blocks or no inodes. */
export function lackOf(room: DiskRoom, isRoot: boolean): FullDisk["lacks"] | undefined {
  const freeBlocks = isRoot ? room.bfree : room.bavail;
  const leastBlocks = Math.min(LEAST_FREE_BYTES / room.bsize, room.blocks * LEAST_FREE_PART);
  if (room.blocks > 0 && freeBlocks < leastBlocks) return "space";
  return room.files > 0 && room.ffree === 0 ? "inodes" : undefined;
}
