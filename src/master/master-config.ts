// The configuration of a master: what config/ makes of `master.yaml`. The schema there describes the keys; where a name has
// a unit, the value was converted to it.
import type { MasterFile } from "./config/index.ts";

/** Also everything in it. */
type Fixed<Value> = Value extends string | number | boolean | null | undefined | ReadonlyMap<unknown, unknown>
  ? Value
  : { readonly [Key in keyof Value]: Fixed<Value[Key]> };
type OfType<All, Type> = Extract<All, { readonly type: Type }>;

export type MasterConfig = Fixed<MasterFile>;
export type ListenerConfig = MasterConfig["listeners"][number];
export type WebConfig = NonNullable<MasterConfig["web"]>;
export type WorkerConfig = MasterConfig["workers"][number];
export type RetentionConfig = MasterConfig["retention"];

export type ChangeSourceConfig = MasterConfig["changeSources"][number];
export type PollerConfig = OfType<ChangeSourceConfig, "git">;
export type HookConfig = Exclude<ChangeSourceConfig, PollerConfig>;
export type ReporterConfig = MasterConfig["reporters"][number];

export type SchedulerConfig = MasterConfig["schedulers"][number];
export type ForceConfig = OfType<SchedulerConfig, "force">;
export type ParameterConfig = ForceConfig["parameters"][number];
export type BranchConfig = OfType<SchedulerConfig, "branch">;
export type PeriodicConfig = OfType<SchedulerConfig, "periodic">;
export type NightlyConfig = OfType<SchedulerConfig, "nightly">;

export type BuilderConfig = MasterConfig["builders"][number];
export type StepConfig = BuilderConfig["steps"][number];
export type ShellStep = OfType<StepConfig, "shell">;
export type UploadStep = OfType<StepConfig, "upload">;
export type DownloadStep = OfType<StepConfig, "download">;
export type DirectoryStep = OfType<StepConfig, "mkdir" | "rmdir" | "rmfile">;
export type CopyStep = OfType<StepConfig, "cpdir">;
export type GitStep = OfType<StepConfig, "git">;
export type TriggerStep = OfType<StepConfig, "trigger">;
/** What all steps have. */
export type StepCommon = Pick<StepConfig, keyof StepConfig>;
