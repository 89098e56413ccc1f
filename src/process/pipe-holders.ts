// Who has a pipe or a terminal open to write to it: what a reader still waits for. Knows them by their inodes.
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { entriesOf, type ListedProcess } from "./process-list.ts";

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

/** Those of `candidates` that may write to one of those, as far as we may look; a few µs for each descriptor. */
export function holdersOf(
  outputs: readonly OutputInode[],
  candidates: Iterable<ListedProcess>,
): readonly ListedProcess[] {
  if (outputs.length === 0) return [];
  const byLink = new Map(outputs.map((output) => [output.link, output]));
  return [...candidates].filter(({ pid }) => holdsOneOf(byLink, `/proc/${pid}/fd`));
}

function holdsOneOf(outputs: ReadonlyMap<string, OutputInode>, directory: string): boolean {
  return entriesOf(directory).some((fd) => {
    const link = `${directory}/${fd}`;
    try {
      const output = outputs.get(readlinkSync(link));
      if (output === undefined || (lstatSync(link).mode & OWNER_MAY_WRITE) === 0) return false;
      const { dev, ino } = statSync(link);
      return dev === output.device && ino === output.inode;
    } catch {
      return false; // closed meanwhile
    }
  });
}
