// All differences that are meant, and what they say about one case.
import type { CommandRecord } from "../support/command-record.ts";
import { badInputDifferences } from "./bad-input-differences.ts";
import type { Difference } from "./difference.ts";
import { encodingDifferences } from "./encoding-differences.ts";
import { fileDifferences } from "./file-differences.ts";
import { shellDifferences } from "./shell-differences.ts";

const isRoot = process.geteuid?.() === 0;

export const differences: readonly Difference[] = [
  ...shellDifferences,
  ...fileDifferences,
  ...badInputDifferences,
  ...encodingDifferences,
];

/** The record our worker should give where the Python worker gives `theirs`; undefined when it should be the same. */
export function expectedOfOurs(name: string, theirs: CommandRecord): CommandRecord | undefined {
  const difference = differenceOf(name);
  const change = difference?.unlessRoot && isRoot ? undefined : difference?.changes[name];
  return change === undefined ? undefined : { ...theirs, ...change(theirs) };
}

export function isLeftToChance(name: string): boolean {
  return differenceOf(name)?.leftToChance === true;
}

function differenceOf(name: string): Difference | undefined {
  return differences.find(({ changes }) => Object.hasOwn(changes, name));
}
