// Converts schedulers, change sources and reporters of a validated master.yaml to the master's.
import { definedEntries } from "../../base/defined-entries.ts";
import type { MasterInput } from "./master-schema.ts";
import type { SecretSources } from "./secrets.ts";
import { secondsOf } from "./units.ts";

type SchedulerInput = MasterInput["schedulers"][number];

export function schedulerConfig({ force, branch, nightly, periodic, triggerable }: SchedulerInput) {
  if (force !== undefined) {
    return { type: "force" as const, ...force, parameters: force.parameters.map(parameterConfig) };
  }
  if (branch !== undefined) {
    const { treeStableTimer, ...rest } = branch;
    return { type: "branch" as const, ...rest, treeStableSeconds: secondsOf(treeStableTimer) };
  }
  if (nightly !== undefined) return { type: "nightly" as const, ...nightly };
  if (periodic !== undefined) {
    const { every, ...rest } = periodic;
    return { type: "periodic" as const, ...rest, everySeconds: secondsOf(every) };
  }
  return { type: "triggerable" as const, ...triggerable! };
}

type ParameterInput = NonNullable<SchedulerInput["force"]>["parameters"][number];

function parameterConfig({ name, label = name, type: kind, choices, required, ...more }: ParameterInput) {
  const standard = { text: "", choice: choices[0] ?? "", boolean: "false" }[kind];
  return { name, label, kind, choices, required, default: more.default ?? standard };
}

type SourceInput = MasterInput["changeSources"][number];

export function changeSourceConfig({ git, ...hooks }: SourceInput, at: number, secrets: SecretSources) {
  if (git !== undefined) {
    const { every, ...rest } = git;
    const token = secrets.named(git.token, ["changeSources", at, "git", "token"]);
    return { type: "git" as const, ...rest, everySeconds: secondsOf(every), token };
  }
  const [type, hook] = definedEntries(hooks)[0]!;
  const secret = secrets.named(hook.secret, ["changeSources", at, type, "secret"]) ?? "";
  return { ...hook, type: type as keyof typeof hooks, secret };
}

type ReporterInput = MasterInput["reporters"][number];

export function reporterConfig({ webhook, ...forges }: ReporterInput, at: number, secrets: SecretSources) {
  if (webhook !== undefined) {
    const secret = secrets.named(webhook.secret, ["reporters", at, "webhook", "secret"]);
    return { type: "webhook" as const, ...webhook, secret };
  }
  const [type, forge] = definedEntries(forges)[0]!;
  const token = secrets.named(forge.token, ["reporters", at, type, "token"]) ?? "";
  return { type: type as keyof typeof forges, ...forge, url: forge.url.replace(/(?<!\/)\/+$/, ""), token };
}
