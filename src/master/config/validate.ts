// Validates a YAML file against a schema, and reports all faults with their places.
import * as v from "valibot";
import { type Fault, faultsError } from "./faults.ts";
import type { YamlFile } from "./yaml-file.ts";

/** A schema reports one unknown key of a mapping at a time; each round removes those found. */
const MAX_ROUNDS = 10;
/** Validation stops at this number. */
const MAX_FAULTS = 500;

/** The value with defaults filled in; throws ERR_MASTER_CONFIG. */
export function validated<Schema extends v.GenericSchema>(schema: Schema, file: YamlFile): v.InferOutput<Schema> {
  const faults: Fault[] = [];
  /** Mappings from which an unknown key was removed; a key missing there is not reported. */
  const reduced = new Set<string>();
  let value = file.value;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const result = v.safeParse(schema, value);
    if (result.success && faults.length === 0) return result.output;
    const all = (result.issues ?? []).flatMap((issue) => causes(issue, []));
    const reported = all.filter(({ path, isKey }) => isKey || !reduced.has(path.join("\0")));
    const found = reported.slice(0, MAX_FAULTS);
    faults.push(...found.map((cause) => faultOf(cause, file)));
    const unknown = found.filter(({ isUnknownKey }) => isUnknownKey);
    if (unknown.length === 0 || faults.length >= MAX_FAULTS) break;
    for (const { path } of unknown) reduced.add(path.slice(0, -1).join("\0"));
    value = unknown.reduce((rest, { path }) => without(rest, path), value);
  }
  throw faultsError(file.path, faults);
}

interface Cause {
  readonly path: readonly PropertyKey[];
  readonly sentence: string;
  /** The fault is about a key of the mapping. */
  readonly isKey: boolean;
  readonly isUnknownKey: boolean;
}

/** For a value of several possible kinds, the faults of the kind that it resembles. */
function causes(issue: v.BaseIssue<unknown>, above: readonly PropertyKey[]): readonly Cause[] {
  const path = [...above, ...(issue.path ?? []).map((item) => item.key as PropertyKey)];
  const deeper = (issue.issues ?? []).filter((inner) => inner.path !== undefined);
  if (deeper.length > 0) return deeper.flatMap((inner) => causes(inner, path));
  const isKey = issue.path?.at(-1)?.origin === "key" && issue.type === "strict_object";
  return [{ path, sentence: issue.message, isKey, isUnknownKey: isKey && issue.expected === "never" }];
}

function faultOf({ path, sentence, isKey, isUnknownKey }: Cause, file: YamlFile): Fault {
  if (isUnknownKey) return { ...file.place(path, "key"), sentence };
  return { ...file.place(isKey ? path.slice(0, -1) : path, "value"), sentence };
}

function without(value: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (typeof value !== "object" || value === null || key === undefined) return value;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === String(key) ? without(item, rest) : item));
  const entries = Object.entries(value).filter(([name]) => rest.length > 0 || name !== String(key));
  return Object.fromEntries(entries.map(([name, item]) => [name, name === String(key) ? without(item, rest) : item]));
}
