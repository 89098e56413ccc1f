// Checks between the values of a master.yaml that concern schedulers, change sources, reporters and secrets.
import { didYouMean } from "../../base/near-name.ts";
import { cronFault } from "../cron.ts";
import { branchFault } from "../source-names.ts";
import { type CrossFault, kindsIn } from "./cross-checks.ts";
import type { MasterInput } from "./master-schema.ts";
import { unknownSecret } from "./secrets.ts";
import { secondsOf } from "./units.ts";

const SHORTEST_POLL_SECONDS = 1;

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
    ...reporterFaults(input),
    ...input.schedulers.flatMap((scheduler, at) => schedulerFaults(scheduler, ["schedulers", at])),
    ...input.builders.flatMap((builder, at) => stepFaults(builder, at, input)),
    ...secretFaults(input.builders, ["builders"], Object.keys(input.secrets)),
    ...triggerLoops(input),
  ];
}

function sourceFaults({ changeSources, web }: MasterInput): readonly CrossFault[] {
  const seen = new Set<string>();
  return changeSources.flatMap((source, at) =>
    kindsIn(source).flatMap(([kind, given]) => {
      const path = ["changeSources", at, kind];
      const repeated = seen.has(given.name);
      seen.add(given.name);
      const isShort = "every" in given && secondsOf(given.every) < SHORTEST_POLL_SECONDS;
      return [
        ...(repeated
          ? [{ path: [...path, "name"], sentence: `there is already a change source named '${given.name}'` }]
          : []),
        ...(isShort ? [{ path: [...path, "every"], sentence: "expected at least 1 second" }] : []),
        ...(kind !== "git" && web === undefined
          ? [{ path, sentence: "web is missing: hooks are received on the port of the status page" }]
          : []),
      ];
    }),
  );
}

function reporterFaults({ reporters, builders }: MasterInput): readonly CrossFault[] {
  const names = new Set<string>();
  return reporters.flatMap((reporter, at) =>
    kindsIn(reporter).flatMap(([kind, given]) => {
      const repeated = names.has(given.name);
      names.add(given.name);
      const path = ["reporters", at, kind];
      return [
        ...(repeated
          ? [{ path: [...path, "name"], sentence: `there is already a reporter named '${given.name}'` }]
          : []),
        ...(given.builders ?? []).flatMap((name, place) =>
          unknownName({ name, what: "builder", known: builders, path: [...path, "builders", place] }),
        ),
      ];
    }),
  );
}

function schedulerFaults(
  { force, nightly, periodic }: MasterInput["schedulers"][number],
  path: readonly PropertyKey[],
): readonly CrossFault[] {
  const faults: CrossFault[] = [];
  const add = (sentence: string | undefined, ...keys: readonly PropertyKey[]) => {
    if (sentence !== undefined) faults.push({ path: [...path, ...keys], sentence });
  };
  if (nightly !== undefined) {
    add(cronFault({ cron: nightly.cron, timeZone: nightly.timeZone }), "nightly", "cron");
    add(nightly.branch && branchFault(nightly.branch), "nightly", "branch");
  }
  add(periodic?.branch && branchFault(periodic.branch), "periodic", "branch");
  add(force?.branch && branchFault(force.branch), "force", "branch");
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

function stepFaults(
  { steps }: MasterInput["builders"][number],
  at: number,
  { schedulers, secrets }: MasterInput,
): readonly CrossFault[] {
  const known = schedulers.flatMap(({ triggerable }) => (triggerable === undefined ? [] : [triggerable]));
  return steps.flatMap(({ git, trigger }, step) => {
    const path = ["builders", at, "steps", step];
    const isUnknown = git?.token !== undefined && !Object.hasOwn(secrets, git.token);
    return [
      ...(isUnknown
        ? [{ path: [...path, "git", "token"], sentence: unknownSecret(git.token!, Object.keys(secrets)) }]
        : []),
      ...(trigger?.schedulers ?? []).flatMap((name, place) =>
        unknownName({ name, what: "triggerable scheduler", known, path: [...path, "trigger", "schedulers", place] }),
      ),
    ];
  });
}

interface Unknown {
  readonly name: string;
  readonly what: string;
  readonly known: readonly { readonly name: string }[];
  readonly path: readonly PropertyKey[];
}

function unknownName({ name, what, known, path }: Unknown): readonly CrossFault[] {
  const names = known.map((one) => one.name);
  if (names.includes(name)) return [];
  return [{ path, sentence: `there is no ${what} '${name}'${didYouMean(name, names, "'")}` }];
}

/** Secrets may only be in environments and standard input: others on the worker can read command lines. */
function secretFaults(value: unknown, path: readonly PropertyKey[], known: readonly string[]): readonly CrossFault[] {
  if (typeof value === "string") {
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
