// A step that requests builds of triggerable schedulers, and may wait for them.
import { definedEntries } from "../../base/defined-entries.ts";
import type { TriggerStep } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";
import type { StepContext } from "./step-command.ts";
import { ended, lost, type StepEnd } from "./step-end.ts";

export interface TriggerOptions {
  readonly step: TriggerStep;
  readonly context: StepContext;
  /** Adds a sentence to the log. */
  readonly note: (sentence: string) => void;
  /** Resolves when the step must end; the triggered builds continue. */
  readonly stopped: Promise<void>;
  /** The end of the worker's connection, with its reason. */
  readonly disconnected: Promise<string>;
}

/** Undefined if it was stopped. */
export async function runTrigger(
  options: TriggerOptions,
): Promise<StepEnd | { readonly impossible: string } | undefined> {
  const { step, context, note, stopped, disconnected } = options;
  const { triggers, facts } = context;
  if (triggers === undefined) return ended("SKIPPED", "was skipped: there is no master to request builds from");
  const ids = triggers.request(step.schedulers, propertiesFor(step, facts.properties));
  if ("impossible" in ids) return ids;
  const requested = `requested ${ids.length} ${ids.length === 1 ? "build" : "builds"}`;
  note(`${requested} of ${step.schedulers.join(", ")}: ${ids.map((id) => `request ${id}`).join(", ")}`);
  if (!step.waitForFinish) return ended("SUCCESS", requested);
  const ends = await Promise.race([Promise.all(ids.map((id) => triggers.ended(id))), stopped, disconnected]);
  if (ends === undefined) return undefined;
  if (typeof ends === "string") return lost(ends);
  note(`they ended: ${ends.map(({ result }) => result).join(", ")}`);
  const faults = ends.flatMap(({ fault }) => fault ?? []);
  for (const [at, { fault }] of ends.entries()) if (fault) note(`request ${ids[at]} gets no build: ${fault}`);
  const worst = ends.reduce<Result>((one, { result }) => worseOf(one, result), "SUCCESS");
  return ended(worst, faults.length === 0 ? `${requested}: ${worst}` : `${requested}, but ${faults.join(", ")}`);
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
