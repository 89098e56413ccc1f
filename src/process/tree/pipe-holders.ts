// Who has a pipe or a terminal open to write to it: what a reader still waits for. Knows them by their inodes.
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { entriesOf } from "./process-list.ts";
import type { TimeSlicer } from "./time-slicer.ts";

/** An open file as the system knows it. */
export interface OutputInode {
  /** What a link in /proc/<pid>/fd to it reads, by which most others are told at little cost. */
  readonly link: string;
  /** Another mount, of a container perhaps, has files of the same name and number. */
  readonly device: number;
  readonly inode: number;
}

/** Of a link in /proc/<pid>/fd: the descriptor may be written to. */
const OWNER_MAY_WRITE = 0o200;

/** Whether that process may write to one of those, as far as we may look; a few µs for each of its descriptors. */
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

/** Most of a host are other users', and to be refused costs more than to ask whose one is. */
function isReadable(pid: number): boolean {
  const ours = process.geteuid?.();
  return ours === 0 || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === ours;
}
