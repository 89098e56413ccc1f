// A step that requests builds of triggerable schedulers, and may wait for them.
import { definedEntries } from "../../base/defined-entries.ts";
import type { TriggerStep } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";
import type { StepContext } from "./step-command.ts";
import { ended, type StepEnd } from "./step-end.ts";

export interface TriggerOptions {
  readonly step: TriggerStep;
  readonly context: StepContext;
  /** Adds a sentence to the log. */
  readonly note: (sentence: string) => void;
  /** Resolves when the step must end; the triggered builds continue. */
  readonly stopped: Promise<void>;
}

/** Undefined if it was stopped. */
export async function runTrigger({ step, context, note, stopped }: TriggerOptions): Promise<StepEnd | undefined> {
  const { triggers, facts } = context;
  if (triggers === undefined) return ended("SKIPPED", "was skipped: there is no master to request builds from");
  const ids = triggers.request(step.schedulers, propertiesFor(step, facts.properties));
  const requested = `requested ${ids.length} ${ids.length === 1 ? "build" : "builds"}`;
  note(`${requested} of ${step.schedulers.join(", ")}: ${ids.map((id) => `request ${id}`).join(", ")}`);
  if (!step.waitForFinish) return ended("SUCCESS", requested);
  const results = await Promise.race([Promise.all(ids.map((id) => triggers.ended(id))), stopped]);
  if (results === undefined) return undefined;
  const worst = results.reduce<Result>((one, other) => worseOf(one, other), "SUCCESS");
  note(`they ended: ${results.join(", ")}`);
  return ended(worst === "RETRY" ? "EXCEPTION" : worst, `${requested}: ${worst}`);
}

/** The triggered builds build the same revision. */
function propertiesFor({ properties }: TriggerStep, own: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const source = {
    branch: own.get("branch"),
    repository: own.get("repository"),
    revision: own.get("got_revision") ?? own.get("revision"),
  };
  return new Map([...definedEntries(source), ...properties]);
}
