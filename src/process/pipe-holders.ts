// Who has a pipe open to write to it: what a reader still waits for. Knows pipes by the numbers of their inodes.
import { lstatSync, readlinkSync } from "node:fs";
import { entriesOf, type ListedProcess } from "./process-list.ts";

/** Of a link in /proc/<pid>/fd: the descriptor may be written to. */
const OWNER_MAY_WRITE = 0o200;

/** Those of `candidates` that may write to one of the pipes, as far as we may look; a few µs for each descriptor. */
export function holdersOf(
  pipeInodes: readonly number[],
  candidates: Iterable<ListedProcess>,
): readonly ListedProcess[] {
  const targets = new Set(pipeInodes.map((inode) => `pipe:[${inode}]`));
  if (targets.size === 0) return [];
  return [...candidates].filter(({ pid }) => holdsOneOf(targets, `/proc/${pid}/fd`));
}

function holdsOneOf(targets: ReadonlySet<string>, directory: string): boolean {
  return entriesOf(directory).some((fd) => {
    const link = `${directory}/${fd}`;
    try {
      return targets.has(readlinkSync(link)) && (lstatSync(link).mode & OWNER_MAY_WRITE) !== 0;
    } catch {
      return false; // closed meanwhile
    }
  });
}
