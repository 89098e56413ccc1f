// Finds processes that have a pipe or terminal open for writing, which a reader waits for. Identifies files by inode.
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { entriesOf } from "./process-list.ts";
import type { TimeSlicer } from "./time-slicer.ts";

export interface OutputInode {
  /** Text of its link in /proc/<pid>/fd, which excludes most other files cheaply. */
  readonly link: string;
  /** Files of another mount, for example in a container, may have the same name and inode. */
  readonly device: number;
  readonly inode: number;
}

/** Mode bit of a link in /proc/<pid>/fd: the descriptor is open for writing. */
const OWNER_MAY_WRITE = 0o200;

/** Whether that process can write to one of those, if we may look; a few µs for each of its descriptors. */
export async function holdsOneOf(outputs: readonly OutputInode[], pid: number, slices: TimeSlicer): Promise<boolean> {
  if (outputs.length === 0 || !isReadable(pid)) return false;
  const directory = `/proc/${pid}/fd`;
  for (const fd of entriesOf(directory)) {
    if (slices.isOver) await slices.next();
    if (isOneOf(outputs, `${directory}/${fd}`)) return true;
  }
  return false;
}

function isOneOf(outputs: readonly OutputInode[], link: string): boolean {
  try {
    const target = readlinkSync(link);
    const output = outputs.find((one) => one.link === target);
    if (output === undefined || (lstatSync(link).mode & OWNER_MAY_WRITE) === 0) return false;
    const { dev, ino } = statSync(link);
    return dev === output.device && ino === output.inode;
  } catch {
    return false; // closed meanwhile
  }
}

/** Most processes belong to other users, and checking the owner is cheaper than a refused access. */
function isReadable(pid: number): boolean {
  const ours = process.geteuid?.();
  return ours === 0 || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === ours;
}
