// How a step's result affects its build, as in Buildbot. Pure.
import type { StepCommon } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";

export interface BuildProgress {
  readonly result: Result;
  /** Only steps with `alwaysRun` still run. */
  readonly isHalted: boolean;
}

export type StepFlags = Pick<StepCommon, "haltOnFailure" | "flunkOnFailure" | "warnOnFailure">;

export const initialProgress: BuildProgress = { result: "SUCCESS", isHalted: false };

/** A step with WARNINGS counts as SUCCESS for its build. */
export function afterStep(before: BuildProgress, step: StepFlags, result: Result): BuildProgress {
  switch (result) {
    case "SKIPPED":
      return before;
    case "SUCCESS":
    case "WARNINGS":
      return { ...before, result: worseOf(before.result, "SUCCESS") };
    case "FAILURE":
      return {
        result: worseOf(before.result, meaningOfFailure(step)),
        isHalted: before.isHalted || step.haltOnFailure,
      };
    case "EXCEPTION":
    case "RETRY":
    case "CANCELLED":
      return { result: worseOf(before.result, result), isHalted: true };
    default:
      return result satisfies never;
  }
}

function meaningOfFailure({ flunkOnFailure, warnOnFailure }: StepFlags): Result {
  if (flunkOnFailure) return "FAILURE";
  return warnOnFailure ? "WARNINGS" : "SUCCESS";
}
