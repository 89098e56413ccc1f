// The configuration of a master: the content of `master.yaml` after validation. Values only; config/ reads them.

export interface MasterConfig {
  readonly title: string;
  readonly listeners: readonly ListenerConfig[];
  readonly web: WebConfig | undefined;
  readonly workers: readonly WorkerConfig[];
  readonly builders: readonly BuilderConfig[];
  readonly schedulers: readonly SchedulerConfig[];
  readonly retention: RetentionConfig;
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
}

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

export type StepConfig = ShellStep | UploadStep | DownloadStep | DirectoryStep | CopyStep;

export type SchedulerConfig =
  /** Lets people start builds by hand. */
  | { readonly type: "force"; readonly name: string; readonly builders: readonly string[] }
  | {
      readonly type: "periodic";
      readonly name: string;
      readonly builders: readonly string[];
      readonly everySeconds: number;
    };

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
