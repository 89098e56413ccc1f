// How a step ended, as a result and a few words. Pure.
import type { FailureReason } from "../../base/command-update.ts";
import type { StepConfig } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";
import type { StepCommand } from "./step-command.ts";

export interface StepEnd {
  readonly result: Result;
  readonly text: string;
  /** The worker is gone, and nothing more can be run. */
  readonly isLost: boolean;
}

export function ended(result: Result, text: string): StepEnd {
  return { result, text, isLost: false };
}

export function lost(reason: string): StepEnd {
  return { result: "RETRY", text: `the worker was lost: ${reason}`, isLost: true };
}

/** Of a command that the worker completed. */
export function completed(
  step: StepConfig,
  command: StepCommand,
  told: { readonly rc: number | undefined; readonly failure: FailureReason | undefined },
): StepEnd {
  if (told.rc === undefined) return ended("FAILURE", "the worker told no exit code");
  const result = command.resultOf(told.rc);
  if (told.failure !== undefined) return ended(worseOf(result, "FAILURE"), textOfFailure(step, told.failure));
  if (result === "SUCCESS") return ended(result, "succeeded");
  if (told.rc < 0) return ended(result, "was ended by a signal");
  return ended(result, command.whyFailed?.() ?? `${wordOf[result]} with exit code ${told.rc}`);
}

const wordOf: Readonly<Record<Exclude<Result, "SUCCESS">, string>> = {
  WARNINGS: "warned",
  FAILURE: "failed",
  SKIPPED: "was skipped",
  EXCEPTION: "broke down",
  RETRY: "is to be tried again",
  CANCELLED: "was cancelled",
};

function textOfFailure(step: StepConfig, failure: FailureReason): string {
  const { timeout, maxTime, maxLines } =
    step.type === "shell" ? step : { timeout: null, maxTime: null, maxLines: null };
  switch (failure) {
    case "timeout_without_output":
      return `was ended: no output${timeout === null ? "" : ` for ${timeout} seconds`}`;
    case "timeout":
      return `was ended: it took longer than ${maxTime === null ? "it may" : `${maxTime} seconds`}`;
    case "max_lines_failure":
      return `was ended: it printed more than ${maxLines === null ? "it may" : `${maxLines} lines`}`;
    default:
      return failure satisfies never;
  }
}
