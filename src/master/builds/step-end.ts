// How a step ended: its result and a short text. Pure.
import type { FailureReason } from "../../base/command-update.ts";
import type { StepConfig } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";
import type { StepCommand } from "./step-command.ts";

export interface StepEnd {
  readonly result: Result;
  readonly text: string;
  /** The worker is lost, and no further step can run. */
  readonly isLost: boolean;
  /** Properties that the build gets. */
  readonly properties?: ReadonlyMap<string, string>;
}

export function ended(result: Result, text: string): StepEnd {
  return { result, text, isLost: false };
}

export function lost(reason: string): StepEnd {
  return { result: "RETRY", text: `the worker was lost: ${reason}`, isLost: true };
}

/** The end of a command that the worker completed. */
export function completed(
  step: StepConfig,
  command: StepCommand,
  outcome: { readonly rc: number | undefined; readonly failure: FailureReason | undefined },
): StepEnd {
  if (outcome.rc === undefined) return ended("FAILURE", "the worker sent no exit code");
  const result = command.resultOf(outcome.rc);
  if (outcome.failure !== undefined) return ended(worseOf(result, "FAILURE"), textOfFailure(step, outcome.failure));
  if (result === "SUCCESS") return ended(result, "succeeded");
  if (outcome.rc < 0) return ended(result, "was killed by a signal");
  return ended(result, command.whyFailed?.() ?? `${wordOf[result]} with exit code ${outcome.rc}`);
}

const wordOf: Readonly<Record<Exclude<Result, "SUCCESS">, string>> = {
  WARNINGS: "warned",
  FAILURE: "failed",
  SKIPPED: "was skipped",
  EXCEPTION: "had an exception",
  RETRY: "has to be retried",
  CANCELLED: "was cancelled",
};

function textOfFailure(step: StepConfig, failure: FailureReason): string {
  const { timeout, maxTime, maxLines } =
    step.type === "shell" ? step : { timeout: null, maxTime: null, maxLines: null };
  switch (failure) {
    case "timeout_without_output":
      return `was killed: no output${timeout === null ? "" : ` for ${timeout} seconds`}`;
    case "timeout":
      return `was killed: it ran longer than ${maxTime === null ? "allowed" : `${maxTime} seconds`}`;
    case "max_lines_failure":
      return `was killed: it printed more than ${maxLines === null ? "allowed" : `${maxLines} lines`}`;
    default:
      return failure satisfies never;
  }
}
