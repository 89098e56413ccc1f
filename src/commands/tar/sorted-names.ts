// Reads the sorted names of a directory of any size without blocking the worker, even for a hundred thousand names.
import { setImmediate as nextTurn } from "node:timers/promises";
import { eachEntry } from "../directory-entries.ts";

/** Names that are sorted or merged in one turn of the event loop, in well below a millisecond. */
const NAMES_A_TURN = 2048;

/**
 * The names as Latin-1, one character per byte, which is the smallest lossless form, in descending order of their
 * bytes. Rejects with the system's error.
 */
export async function readSortedNames(directory: Buffer, isNear = false): Promise<string[]> {
  let runs = await readRuns(directory, isNear);
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at]!, runs[at + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

/** All names, in sorted runs. */
async function readRuns(directory: Buffer, isNear: boolean): Promise<string[][]> {
  const runs: string[][] = [];
  let run: string[] = [];
  await eachEntry(directory.toString("latin1"), isNear, ({ name }) => {
    run.push(name);
    if (run.length < NAMES_A_TURN) return;
    runs.push(run.sort(lastFirst));
    run = [];
  });
  if (run.length > 0) runs.push(run.sort(lastFirst));
  return runs;
}

async function merge(one: readonly string[], other: readonly string[]): Promise<string[]> {
  const merged: string[] = [];
  let atOne = 0;
  let atOther = 0;
  while (atOne < one.length && atOther < other.length) {
    if (one[atOne]! > other[atOther]!) merged.push(one[atOne++]!);
    else merged.push(other[atOther++]!);
    if (merged.length % NAMES_A_TURN === 0) await nextTurn();
  }
  return merged.concat(one.slice(atOne), other.slice(atOther));
}

function lastFirst(a: string, b: string): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
