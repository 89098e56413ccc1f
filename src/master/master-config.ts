// The configuration of a master: the content of `master.yaml` after validation. Values only; config/ reads them.

export interface MasterConfig {
  readonly title: string;
  readonly listeners: readonly ListenerConfig[];
  readonly web: WebConfig | undefined;
  readonly workers: readonly WorkerConfig[];
  readonly builders: readonly BuilderConfig[];
  readonly schedulers: readonly SchedulerConfig[];
  readonly retention: RetentionConfig;
  /** Values by name. Logs and pages show `<NAME>` instead. */
  readonly secrets?: ReadonlyMap<string, string>;
  readonly changeSources?: readonly ChangeSourceConfig[];
  readonly reporters?: readonly ReporterConfig[];
  /** A request that equals a waiting one is not added; default: false. */
  readonly mergeRequests?: boolean;
}

export interface ListenerConfig {
  readonly protocol: "pb" | "msgpack";
  /** 127.0.0.1 unless set. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Paths of PEM files, absolute. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string; readonly clientAuthorities?: string };
}

export interface WebConfig {
  readonly host: string;
  readonly port: number;
  /** If undefined, nobody can log in, and nothing can be forced, stopped or rebuilt from the page. */
  readonly adminPassword: string | undefined;
  /** Who may read pages and logs: everybody (default), or who has logged in. */
  readonly read?: "public" | "password" | undefined;
  /** The address that visitors use, ending with `/`, when a proxy is in front. */
  readonly url?: string | undefined;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Lets programs force and cancel builds. */
  readonly apiToken?: string | undefined;
}

/** Where changes come from. `branches` are patterns; `name` is part of the address of a hook. */
interface ChangeSourceCommon {
  readonly name: string;
  /** As git understands it; recorded as the repository of its changes. */
  readonly repository: string;
  readonly branches: readonly string[];
}

export interface PollerConfig extends ChangeSourceCommon {
  readonly type: "git";
  readonly everySeconds: number;
  /** For repositories over HTTPS. */
  readonly token: string | undefined;
}

export interface HookConfig extends ChangeSourceCommon {
  readonly type: "github" | "gitea" | "plain";
  /** Key of the signatures. */
  readonly secret: string;
}

export type ChangeSourceConfig = PollerConfig | HookConfig;

interface ReporterCommon {
  readonly name: string;
  /** Undefined: all. */
  readonly builders: readonly string[] | undefined;
  /** Of the API of a forge, without a slash at the end. */
  readonly url: string;
}

/** Commit statuses; or a POST when the result of a builder's branch differs from the previous one. */
export type ReporterConfig = ReporterCommon &
  (
    | { readonly type: "github" | "gitea"; readonly token: string }
    | { readonly type: "webhook"; readonly secret: string | undefined }
  );

export interface WorkerConfig {
  readonly name: string;
  /** From the file, or from the password file, which is read at the start. */
  readonly password: string;
  /** Concurrent builds, over all builders. */
  readonly maxBuilds: number | undefined;
}

export interface BuilderConfig {
  readonly name: string;
  readonly description: string | undefined;
  /** A single name, relative to the worker's base directory. */
  readonly directory: string;
  readonly workers: readonly string[];
  /** For all its commands; null removes a variable. */
  readonly env: ReadonlyMap<string, string | null>;
  /** For steps that do not set it; default: true. */
  readonly logEnviron?: boolean;
  /** Patterns of variables that logs leave out; default: none. */
  readonly hiddenVariables?: readonly string[];
  readonly steps: readonly StepConfig[];
}

/** Common to all steps. */
export interface StepCommon {
  readonly name: string;
  /** A failure ends the build, except for steps with `alwaysRun`. */
  readonly haltOnFailure: boolean;
  /** A failure makes the build FAILURE. */
  readonly flunkOnFailure: boolean;
  /** A failure makes the build at least WARNINGS. */
  readonly warnOnFailure: boolean;
  readonly alwaysRun: boolean;
  /** Whether its log lists the environment of its programs; undefined: as set for the builder. */
  readonly logEnviron?: boolean | undefined;
}

/** Times in seconds; 0 or null is none. */
export interface ShellStep extends StepCommon {
  readonly type: "shell";
  /** A string is run by the shell; a list is a program and its arguments. */
  readonly command: string | readonly string[];
  readonly workdir: string;
  readonly env: ReadonlyMap<string, string | null>;
  readonly timeout: number | null;
  readonly maxTime: number | null;
  readonly sigtermTime: number | null;
  readonly maxLines: number | null;
  readonly usePTY: boolean;
  readonly logfiles: ReadonlyMap<string, { readonly filename: string; readonly follow: boolean }>;
  readonly initialStdin: string | null;
  /** Results by exit code; other codes are FAILURE, and 0 is SUCCESS. */
  readonly decodeRC: ReadonlyMap<number, "SUCCESS" | "WARNINGS" | "FAILURE" | "SKIPPED" | "EXCEPTION">;
}

/** From the worker to the master: a file or a directory tree. Paths on the master are relative to its `uploads`. */
export interface UploadStep extends StepCommon {
  readonly type: "upload";
  /** `to` is relative to the directory of the build instead. */
  readonly isArtifact?: boolean;
  readonly from: string;
  readonly to: string;
  readonly isDirectory: boolean;
  readonly workdir: string;
  readonly maxSizeBytes: number;
  readonly keepStamp: boolean;
}

/** From the master to the worker. Paths on the master are relative to the directory of `master.yaml`. */
export interface DownloadStep extends StepCommon {
  readonly type: "download";
  readonly from: string;
  readonly to: string;
  readonly workdir: string;
  /** As for chmod; undefined: the worker's umask decides. */
  readonly mode: number | undefined;
}

/** On the worker; paths are relative to the builder's directory. */
export interface DirectoryStep extends StepCommon {
  readonly type: "mkdir" | "rmdir" | "rmfile";
  readonly path: string;
}

export interface CopyStep extends StepCommon {
  readonly type: "cpdir";
  readonly from: string;
  readonly to: string;
}

/** Checks out a revision. */
export interface GitStep extends StepCommon {
  readonly type: "git";
  readonly repository: string;
  /** Without a revision of the build, the last one of this branch; undefined: of the remote HEAD. */
  readonly branch: string | undefined;
  readonly workdir: string;
  readonly mode: "incremental" | "full";
  /** Of mode full. */
  readonly method: "clobber" | "fresh" | "clean" | "copy";
  readonly submodules: boolean;
  /** Undefined: the whole history. */
  readonly depth: number | undefined;
  readonly retry: { readonly delaySeconds: number; readonly repeats: number };
  readonly clobberOnFailure: boolean;
  readonly timeout: number | null;
  /** Name of the secret with a token for a repository over HTTPS. */
  readonly token: string | undefined;
}

/** Requests builds of triggerable schedulers. */
export interface TriggerStep extends StepCommon {
  readonly type: "trigger";
  readonly schedulers: readonly string[];
  readonly waitForFinish: boolean;
  /** For the triggered builds, besides branch, revision and repository. */
  readonly properties: ReadonlyMap<string, string>;
}

export type StepConfig = ShellStep | UploadStep | DownloadStep | DirectoryStep | CopyStep | GitStep | TriggerStep;

interface SchedulerCommon {
  readonly name: string;
  readonly builders: readonly string[];
}

/** Lets people start builds by hand. */
export interface ForceConfig extends SchedulerCommon {
  readonly type: "force";
  /** Proposed in the form; undefined: empty. */
  readonly branch?: string | undefined;
  readonly parameters?: readonly ParameterConfig[];
}

/** A value that a person enters when starting a build; it becomes a property. */
export interface ParameterConfig {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "choice" | "boolean";
  readonly default: string;
  /** Of kind choice. */
  readonly choices: readonly string[];
  readonly required: boolean;
}

export interface BranchConfig extends SchedulerCommon {
  readonly type: "branch";
  /** Undefined: any. */
  readonly repository: string | undefined;
  readonly branches: readonly string[];
  readonly treeStableSeconds: number;
}

export interface PeriodicConfig extends SchedulerCommon {
  readonly type: "periodic";
  readonly everySeconds: number;
  readonly branch?: string | undefined;
}

export interface NightlyConfig extends SchedulerCommon {
  readonly type: "nightly";
  readonly cron: string;
  /** Undefined: that of the master's host. */
  readonly timeZone: string | undefined;
  readonly branch: string | undefined;
  /** Skips a run if there was no change since the previous one. */
  readonly onlyIfChanged: boolean;
}

export interface TriggerableConfig extends SchedulerCommon {
  readonly type: "triggerable";
}

export type SchedulerConfig = ForceConfig | BranchConfig | PeriodicConfig | NightlyConfig | TriggerableConfig;

/** Undefined means no limit. */
export interface RetentionConfig {
  readonly buildsPerBuilder: number | undefined;
  readonly days: number | undefined;
  /** Per log; anything beyond is counted and dropped, and the log says so. */
  readonly logLimitBytes: number;
  /** For all logs of one build. */
  readonly buildLogLimitBytes: number;
  /** No build starts below either. */
  readonly minFreeBytes: number;
  readonly minFreePercent: number;
}
