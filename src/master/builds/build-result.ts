// What a step's result means for its build, as Buildbot has it. Pure.
import type { StepCommon } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";

export interface BuildProgress {
  readonly result: Result;
  /** From now on only steps that always run do. */
  readonly isHalted: boolean;
}

export type StepFlags = Pick<StepCommon, "haltOnFailure" | "flunkOnFailure" | "warnOnFailure">;

export const beginning: BuildProgress = { result: "SUCCESS", isHalted: false };

/** A step that warns is a success to its build. */
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
