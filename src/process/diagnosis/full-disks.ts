// Whether file systems have room left. Knows no commands.
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";

export interface FullDisk {
  /** A directory that lies on it. */
  readonly directory: string;
  readonly lacks: "space" | "inodes";
}

/** With less than this a file system is as good as full; a small one with less than a hundredth of its size. */
export const LEAST_FREE_BYTES = 1024 * 1024;
const LEAST_FREE_PART = 0.01;

/** What `statfs` tells of a file system, as far as it counts here. */
export interface DiskRoom {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** The first of the directories whose file system has no room for us, one after the other; undefined when all have. */
export async function fullDisk(directories: readonly string[]): Promise<FullDisk | undefined> {
  for (const directory of new Set(directories)) {
    try {
      const lacks = lackOf(await statfs(directory), process.getuid?.() === 0);
      if (lacks === undefined) continue;
      // One that nobody writes to, such as an image, is always full.
      await access(directory, constants.W_OK);
      return { directory, lacks };
    } catch {
      // not there, or not ours to write to: then it is not what is full
    }
  }
  return undefined;
}

/** What is missing there. Some file systems count no blocks or no inodes at all. */
export function lackOf(room: DiskRoom, isRoot: boolean): FullDisk["lacks"] | undefined {
  const freeBlocks = isRoot ? room.bfree : room.bavail;
  const leastBlocks = Math.min(LEAST_FREE_BYTES / room.bsize, room.blocks * LEAST_FREE_PART);
  if (room.blocks > 0 && freeBlocks < leastBlocks) return "space";
  return room.files > 0 && room.ffree === 0 ? "inodes" : undefined;
}
