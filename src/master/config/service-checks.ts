// Checks between the values of a master.yaml that concern schedulers, change sources, reporters and secrets.
import { definedEntries } from "../../base/defined-entries.ts";
import { cronFault } from "../cron.ts";
import { branchFault } from "../source-names.ts";
import { type CrossFault, placedKinds } from "./cross-checks.ts";
import type { MasterInput } from "./master-schema.ts";
import { unknownSecret } from "./secrets.ts";

/** Properties that the master sets. */
const RESERVED = [
  "branch",
  "revision",
  "repository",
  "scheduler",
  "got_revision",
  "buildername",
  "buildnumber",
  "workername",
];

export function serviceFaults(input: MasterInput): readonly CrossFault[] {
  return [
    ...sourceFaults(input),
    ...input.schedulers.flatMap((scheduler, at) => schedulerFaults(scheduler, ["schedulers", at])),
    ...secretFaults(input.builders, ["builders"], Object.keys(input.secrets)),
    ...triggerLoops(input),
  ];
}

function sourceFaults({ changeSources, web }: MasterInput): readonly CrossFault[] {
  const hooks = placedKinds("changeSources", changeSources).filter(({ kind }) => web === undefined && kind !== "git");
  const sentence = "web is missing: hooks are received on the port of the status page";
  return hooks.map(({ path }) => ({ path, sentence }));
}

function schedulerFaults(
  scheduler: MasterInput["schedulers"][number],
  path: readonly PropertyKey[],
): readonly CrossFault[] {
  const faults: CrossFault[] = [];
  const add = (sentence: string | undefined, ...keys: readonly PropertyKey[]) => {
    if (sentence !== undefined) faults.push({ path: [...path, ...keys], sentence });
  };
  const { nightly, force } = scheduler;
  if (nightly !== undefined) add(cronFault(nightly), "nightly", "cron");
  for (const [kind, given] of definedEntries(scheduler)) {
    if ("branch" in given && given.branch !== undefined) add(branchFault(given.branch), kind, "branch");
  }
  const names = new Set<string>(RESERVED);
  for (const [at, { name, type, choices, default: standard }] of (force?.parameters ?? []).entries()) {
    const place = ["force", "parameters", at];
    if (names.has(name)) add(`'${name}' is already the name of a property`, ...place, "name");
    names.add(name);
    if (type === "choice" && choices.length === 0) add("choices are missing", ...place);
    const allowed = type === "boolean" ? ["true", "false"] : choices;
    if (type !== "text" && standard !== undefined && !allowed.includes(standard))
      add(`expected one of ${allowed.join(", ")}`, ...place, "default");
  }
  return faults;
}

/** Secrets may only be in environments and standard input: others on the worker can read command lines. */
function secretFaults(value: unknown, path: readonly PropertyKey[], known: readonly string[]): readonly CrossFault[] {
  if (typeof value === "string") {
    if (path.at(-2) === "git" && path.at(-1) === "token" && !known.includes(value)) {
      return [{ path, sentence: unknownSecret(value, known) }];
    }
    return [...value.matchAll(/%\(secret:([^):]*)/g)].flatMap(([, name = ""]) => {
      if (!path.includes("env") && !path.includes("initialStdin"))
        return [
          { path, sentence: "a secret would be visible in process listings; put it into env, and use the variable" },
        ];
      return known.includes(name) ? [] : [{ path, sentence: unknownSecret(name, known) }];
    });
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    secretFaults(item, [...path, Array.isArray(value) ? Number(key) : key], known),
  );
}

/** Builders that trigger each other would build endlessly, or wait for each other. */
function triggerLoops({ builders, schedulers }: MasterInput): readonly CrossFault[] {
  const startedBy = new Map<string, readonly string[]>();
  for (const { triggerable } of schedulers) if (triggerable) startedBy.set(triggerable.name, triggerable.builders);
  const next = new Map(
    builders.map(({ name, steps }) => [
      name,
      steps.flatMap(({ trigger }) => (trigger?.schedulers ?? []).flatMap((one) => startedBy.get(one) ?? [])),
    ]),
  );
  return builders.flatMap(({ name }, at) => {
    const reached = new Set<string>();
    const waiting = [...(next.get(name) ?? [])];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (reached.has(one)) continue;
      reached.add(one);
      waiting.push(...(next.get(one) ?? []));
    }
    return reached.has(name)
      ? [{ path: ["builders", at, "name"], sentence: `builds of '${name}' would trigger each other endlessly` }]
      : [];
  });
}
