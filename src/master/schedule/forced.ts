// Builds that people start by hand: which builders, and with which values. Pure.
import type { ForceConfig, MasterConfig, ParameterConfig } from "../master-config.ts";
import type { ForcedValues } from "../master-view.ts";
import { branchFault, revisionFault } from "../source-names.ts";

/** Of one value. */
const LONGEST_VALUE_CHARS = 10_000;

/** The first force scheduler that has the builder. */
export function forceScheduler({ schedulers }: MasterConfig, builder: string): ForceConfig | undefined {
  return schedulers
    .filter((scheduler) => scheduler.type === "force")
    .find(({ builders }) => builders.includes(builder));
}

type Forced = { readonly values: ReadonlyMap<string, string> } | { readonly fault: string };

/** The properties of a forced build; the fault is a clause. */
export function forcedProperties({ name, branch, parameters }: ForceConfig, values: ForcedValues): Forced {
  const known = ["branch", "revision", ...parameters.map((parameter) => parameter.name)];
  const unknown = [...values.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) return { fault: `it has no parameter '${unknown}'; expected ${known.join(", ")}` };
  const [gotBranch, gotRevision] = [values.get("branch")?.trim() || branch, values.get("revision")?.trim()];
  const properties = new Map([["scheduler", name]]);
  if (gotBranch) properties.set("branch", gotBranch);
  if (gotRevision) properties.set("revision", gotRevision);
  const faults = [
    gotBranch && branchFault(gotBranch),
    gotRevision && revisionFault(gotRevision),
    ...parameters.map((parameter) => {
      const value = values.get(parameter.name) ?? parameter.default;
      properties.set(parameter.name, value);
      return valueFault(parameter, value);
    }),
  ];
  const fault = faults.find((one) => one);
  return fault ? { fault } : { values: properties };
}

function valueFault({ name, kind, choices, required }: ParameterConfig, value: string): string | undefined {
  if (value.length > LONGEST_VALUE_CHARS) return `'${name}' has more than ${LONGEST_VALUE_CHARS} characters`;
  if (value.includes("\0")) return `'${name}' contains a null character`;
  if (required && value === "") return `'${name}' is required`;
  const allowed = kind === "boolean" ? ["true", "false"] : choices;
  if (kind === "text" || allowed.includes(value)) return undefined;
  return `'${name}' must be one of ${allowed.join(", ")}`;
}

/** What a rebuild keeps of a build's properties: all but what steps found out. */
export function sourceOf(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...properties].filter(([name]) => name !== "got_revision"));
}
