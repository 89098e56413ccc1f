// How builds and steps end: Buildbot's names, numbers and order of badness. Pure.

/** Buildbot's numbers are the places in this list. */
export const resultNames = ["SUCCESS", "WARNINGS", "FAILURE", "SKIPPED", "EXCEPTION", "RETRY", "CANCELLED"] as const;

export type Result = (typeof resultNames)[number];

/** From the best to the worst, as Buildbot weighs a step's result against that of its build. */
const fromBestToWorst: readonly Result[] = [
  "SKIPPED",
  "SUCCESS",
  "WARNINGS",
  "FAILURE",
  "EXCEPTION",
  "RETRY",
  "CANCELLED",
];

export function worseOf(one: Result, other: Result): Result {
  return fromBestToWorst.indexOf(one) >= fromBestToWorst.indexOf(other) ? one : other;
}

export function numberOfResult(result: Result): number {
  return resultNames.indexOf(result);
}

/** Undefined for a number that stands for nothing. */
export function resultOfNumber(number: number): Result | undefined {
  return resultNames[number];
}
