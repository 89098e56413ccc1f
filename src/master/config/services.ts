// Converts schedulers, change sources and reporters of a validated master.yaml to the master's.
import type {
  ChangeSourceConfig,
  ForceConfig,
  ParameterConfig,
  ReporterConfig,
  SchedulerConfig,
} from "../master-config.ts";
import type { MasterInput } from "./master-schema.ts";
import type { SecretSources } from "./secrets.ts";
import { secondsOf } from "./units.ts";

type SchedulerInput = MasterInput["schedulers"][number];

export function schedulerConfig({ force, branch, nightly, periodic, triggerable }: SchedulerInput): SchedulerConfig {
  if (force !== undefined) return forceConfig(force);
  if (branch !== undefined) {
    const { treeStableTimer, ...rest } = branch;
    return { type: "branch", repository: undefined, ...rest, treeStableSeconds: secondsOf(treeStableTimer) };
  }
  if (nightly !== undefined) return { type: "nightly", timeZone: undefined, branch: undefined, ...nightly };
  if (periodic !== undefined) {
    const { every, ...rest } = periodic;
    return { type: "periodic", ...rest, everySeconds: secondsOf(every) };
  }
  if (triggerable !== undefined) return { type: "triggerable", ...triggerable };
  throw new TypeError("a validated scheduler has no kind");
}

function forceConfig({ parameters, ...rest }: NonNullable<SchedulerInput["force"]>): ForceConfig {
  return {
    type: "force",
    ...rest,
    parameters: parameters.map(({ name, label = name, type: kind, choices, required, ...more }): ParameterConfig => {
      const standard = { text: "", choice: choices[0] ?? "", boolean: "false" }[kind];
      return { name, label, kind, choices, required, default: more.default ?? standard };
    }),
  };
}

export function changeSourceConfig(
  { git, github, gitea, plain }: MasterInput["changeSources"][number],
  at: number,
  secrets: SecretSources,
): ChangeSourceConfig {
  if (git !== undefined) {
    const { every, token, ...rest } = git;
    const value = secrets.named(token, ["changeSources", at, "git", "token"]);
    return { type: "git", ...rest, everySeconds: secondsOf(every), token: value };
  }
  for (const [type, hook] of Object.entries({ github, gitea, plain } as const)) {
    if (hook === undefined) continue;
    const secret = secrets.named(hook.secret, ["changeSources", at, type, "secret"]) ?? "";
    return { ...hook, type: type as "github" | "gitea" | "plain", secret };
  }
  throw new TypeError("a validated change source has no kind");
}

export function reporterConfig(
  { github, gitea, webhook }: MasterInput["reporters"][number],
  at: number,
  secrets: SecretSources,
): ReporterConfig {
  if (webhook !== undefined) {
    const secret = secrets.named(webhook.secret, ["reporters", at, "webhook", "secret"]);
    return { type: "webhook", builders: undefined, ...webhook, secret };
  }
  const type = github === undefined ? "gitea" : "github";
  const forge = github ?? gitea;
  if (forge === undefined) throw new TypeError("a validated reporter has no kind");
  const token = secrets.named(forge.token, ["reporters", at, type, "token"]) ?? "";
  return { type, builders: undefined, ...forge, url: forge.url.replace(/(?<!\/)\/+$/, ""), token };
}
