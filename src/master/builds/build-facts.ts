// What the steps of a build know about it: its properties and secrets, as words in the settings of steps and as
// environment variables of their programs. Pure.
import { definedEntries } from "../../base/defined-entries.ts";
import type { BuilderConfig, StepConfig } from "../master-config.ts";

export interface BuildFacts {
  /** As now: steps add to them. */
  readonly properties: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Settings that are never text with words. */
const PLAIN = new Set(["type", "name"]);

/** The step and its builder with words replaced, and the variables that every program gets. */
export function withFacts<Step extends StepConfig>(
  { step, builder }: { readonly step: Step; readonly builder: BuilderConfig },
  facts: BuildFacts,
): { readonly step: Step; readonly builder: BuilderConfig } {
  const env = new Map([...standardVariables(facts), ...filled(builder.env, facts)]);
  return { step: filled(step, facts), builder: { ...builder, env } };
}

/**
 * Replaces `%(prop:NAME)s`, `%(prop:NAME:-DEFAULT)s` and `%(secret:NAME)s`; what is not set becomes the default, or
 * empty. Other text with `%` stays as it is.
 */
export function filledText(text: string, { properties, secrets }: BuildFacts): string {
  return text.replaceAll(/%\((prop|secret):([\w.-]+)(?::-([^)%]*))?\)s/g, (_word, kind, name, standard) => {
    const value = (kind === "prop" ? properties : secrets).get(name);
    return value === undefined || (value === "" && standard !== undefined) ? (standard ?? "") : value;
  });
}

function standardVariables({ properties }: BuildFacts): readonly (readonly [string, string])[] {
  const variables = {
    CI: "true",
    BUILDER: properties.get("buildername"),
    BUILD_NUMBER: properties.get("buildnumber"),
    BRANCH: properties.get("branch"),
    REVISION: properties.get("got_revision") ?? properties.get("revision"),
  };
  return definedEntries(variables);
}

function filled<Value>(value: Value, facts: BuildFacts): Value {
  return filledValue(value, facts) as Value;
}

function filledValue(value: unknown, facts: BuildFacts): unknown {
  if (typeof value === "string") return filledText(value, facts);
  if (Array.isArray(value)) return value.map((item) => filledValue(item, facts));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, filledValue(item, facts)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, PLAIN.has(key) ? item : filledValue(item, facts)]),
  );
}
