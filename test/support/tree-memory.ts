// What the processes of a tree have in memory for themselves alone, as the kernel counts it.
import { readdirSync, readFileSync } from "node:fs";

const KIB_PER_MIB = 1024;

/** Of a process and its descendants, in MiB: `Private_Clean` and `Private_Dirty`, which do not change with their neighbours. */
export function privateMib(pid: number): number {
  const kib = treeOf(pid).flatMap((one) =>
    [...read(`/proc/${one}/smaps_rollup`).matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].map(([, value]) =>
      Number(value),
    ),
  );
  return kib.reduce((sum, value) => sum + value, 0) / KIB_PER_MIB;
}

/** The process and its descendants; those that end meanwhile are left out. */
export function treeOf(pid: number): readonly number[] {
  const threads = names(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean));
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

function names(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // it has ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended
  }
}
