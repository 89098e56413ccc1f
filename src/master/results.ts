// How builds and steps end: Buildbot's names, numbers and severities. Pure.

/** Buildbot's numbers are the indexes of this list. */
export const resultNames = ["SUCCESS", "WARNINGS", "FAILURE", "SKIPPED", "EXCEPTION", "RETRY", "CANCELLED"] as const;

export type Result = (typeof resultNames)[number];

/** From best to worst, as Buildbot combines a step's result with that of its build. */
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

/** Undefined for an unknown number. */
export function resultOfNumber(number: number): Result | undefined {
  return resultNames[number];
}
