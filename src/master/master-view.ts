// What the status page and other observers see of a master, and can request from it. Values only; text may come from a
// worker or a build, so it is untrusted. Times are milliseconds since the epoch.
import type { ForceConfig } from "./master-config.ts";
import type { Result } from "./results.ts";

/** A commit that starts builds. */
export interface SourceChange {
  readonly repository: string;
  readonly branch: string;
  /** In hexadecimal. */
  readonly revision: string;
  /** `Name <address>`; empty if unknown, as are the message and the link. */
  readonly author: string;
  readonly message: string;
  /** Address of a page about it; untrusted. */
  readonly link: string;
}

/** A file that a build uploaded; the path is relative to the build's directory. */
export interface ArtifactView {
  readonly path: string;
  readonly bytes: number;
}

export interface ChangeSourceView {
  readonly name: string;
  readonly type: "git" | "github" | "gitea" | "plain";
  readonly repository: string;
  /** Of the last successful poll or accepted hook; undefined: none since the master started. */
  readonly lastSeenAtMs: number | undefined;
  /** Why the last poll failed, as a sentence. */
  readonly trouble: string | undefined;
}

/** What a person may set for a forced build: `branch`, `revision`, and the declared parameters by name. */
export type ForcedValues = ReadonlyMap<string, string>;

export interface BuilderView {
  readonly name: string;
  readonly description: string | undefined;
  readonly workers: readonly string[];
  /** Of its force scheduler, which proposes a branch and declares parameters; undefined: it cannot be forced. */
  readonly force: Pick<ForceConfig, "branch" | "parameters"> | undefined;
  readonly waitingCount: number;
  readonly running: readonly BuildView[];
  /** Newest first, including running ones. */
  readonly lastBuilds: readonly BuildView[];
}

export interface RequestView {
  readonly id: number;
  readonly builder: string;
  readonly reason: string;
  readonly submittedAtMs: number;
  /** Completes "Waiting for …": `a worker to attach`. */
  readonly waitsFor: string;
  /** `branch`, `revision`, `repository`, `scheduler` and parameters, as far as they are set. */
  readonly properties?: ReadonlyMap<string, string>;
  readonly change?: SourceChange | undefined;
}

export interface BuildView {
  readonly id: number;
  readonly builder: string;
  /** Per builder, from 1. */
  readonly number: number;
  readonly worker: string;
  readonly requestId?: number;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Undefined while it runs. */
  readonly result: Result | undefined;
  /** A few words: the current step, or what failed. */
  readonly stateText: string;
  readonly isStopping: boolean;
  /** Those of its request, and `got_revision` after a git step. */
  readonly properties?: ReadonlyMap<string, string>;
  readonly change?: SourceChange | undefined;
}

export interface BuildDetail extends BuildView {
  readonly steps: readonly StepView[];
  /** The number of the build that this one rebuilds. */
  readonly rebuildOf: number | undefined;
  /** The numbers of the builds that rebuild this one, oldest first. */
  readonly rebuilds: readonly number[];
}

export interface StepView {
  readonly id: number;
  /** From 1. */
  readonly number: number;
  readonly name: string;
  /** Undefined until it starts. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly result: Result | undefined;
  readonly stateText: string;
  readonly logs: readonly LogView[];
}

export interface LogView {
  readonly id: number;
  readonly name: string;
  /** The name as it appears in addresses; unique within its step. */
  readonly slug: string;
  readonly lineCount: number;
  readonly bytes: number;
  readonly isComplete: boolean;
}

/** A log with its place. */
export interface FoundLog {
  readonly build: BuildDetail;
  readonly step: StepView;
  readonly log: LogView;
}

export interface LogLine {
  /** Header, standard output, standard error. */
  readonly stream: "h" | "o" | "e";
  /** Without its newline. */
  readonly text: string;
}

/** The line between a worker and its relay, as the relay reports it. */
export interface WorkerLineView {
  /** Undefined while it is up. */
  readonly lostAtMs: number | undefined;
  /** Those that the relay has for the worker while its line is lost. */
  readonly waitingBytes: number;
  /** The end of the last outage. */
  readonly resumed: { readonly atMs: number; readonly afterMs: number } | undefined;
}

export interface WorkerView {
  readonly name: string;
  readonly state: "attached" | "away" | "shutting down" | "never seen";
  readonly protocol: "pb" | "msgpack" | undefined;
  readonly peer: string | undefined;
  /** Undefined if it does not come through one of the known relays. */
  readonly line?: WorkerLineView | undefined;
  readonly attachedAtMs: number | undefined;
  readonly lastSeenAtMs: number | undefined;
  readonly version: string | undefined;
  readonly builders: readonly string[];
  readonly running: readonly BuildView[];
  /** `admin`, `host`, `access_uri` and the other facts it reported; kept while it is disconnected. */
  readonly facts: ReadonlyMap<string, string>;
}

/** What has changed and should be read again. */
export type Change =
  | { readonly type: "builder"; readonly builder: string }
  | { readonly type: "build"; readonly builder: string; readonly number: number }
  | {
      readonly type: "log";
      readonly builder: string;
      readonly number: number;
      readonly step: number;
      readonly logId: number;
    }
  | { readonly type: "worker"; readonly worker: string };

/**
 * Requests for something that does not exist or is not possible throw a WorkerError of family `usage`, whose sentence
 * can be shown.
 */
export interface MasterView {
  readonly title: string;
  /** Why the master starts no builds, as a sentence. */
  readonly trouble: string | undefined;
  builders(): readonly BuilderView[];
  builder(name: string): BuilderView | undefined;
  requests(builder: string): readonly RequestView[];
  /** Newest first. */
  builds(query: BuildQuery): readonly BuildView[];
  /** How many builds match, whatever the limit. */
  buildCount(query: BuildQuery): number;
  build(builder: string, number: number): BuildDetail | undefined;
  /** By ids that are unique in the whole master. */
  buildWithId(id: number): BuildDetail | undefined;
  buildIdOfStep(stepId: number): number | undefined;
  stepIdOfLog(logId: number): number | undefined;
  /** Of the builds that have ended since the master started. */
  readonly endedCounts: ReadonlyMap<Result, number>;
  /**
   * At most `limit` lines starting at `firstLine` (from 0), fewer if they are very long; reads no more of the log than
   * it needs.
   */
  logLines(logId: number, firstLine: number, limit: number): readonly LogLine[];
  /** The whole log in UTF-8, piece by piece; throws if it ends too early. */
  logText(logId: number): Iterable<Uint8Array>;
  workers(): readonly WorkerView[];
  worker(name: string): WorkerView | undefined;
  /** Why the lines of some workers are not known, as sentences. */
  readonly relayTroubles: readonly string[];
  /** Calls `listener` at each change until the returned function is called. */
  watch(listener: (change: Change) => void): () => void;
  changeSources(): readonly ChangeSourceView[];
  /** Sorted by path; empty if there are none. */
  artifacts(builder: string, number: number): Promise<readonly ArtifactView[]>;
  /** The absolute path of a file that a build uploaded. */
  artifact(builder: string, number: number, path: string): Promise<string | undefined>;
  /** Returns the request's id. Values that are not declared, or not among the choices, are refused. */
  force(builder: string, reason: string, values?: ForcedValues): number;
  cancelRequest(id: number): void;
  /** Returns how many requests were waiting. */
  cancelAll(): number;
  stop(builder: string, number: number, reason: string): void;
  /** Returns the request's id. */
  rebuild(builder: string, number: number): number;
  /** Shuts a worker down once its builds have ended. */
  shutDownWorker(name: string): void;
}

export interface BuildQuery {
  readonly builder?: string;
  readonly worker?: string;
  /** Only builds with a lower id. */
  readonly beforeId?: number;
  /** All of these must hold. */
  readonly where?: readonly BuildCondition[];
  /** Newest first if it leaves anything open. */
  readonly order?: readonly Order<BuildColumn>[];
  readonly limit: number;
  /** Skips as many. */
  readonly offset?: number;
}

export type BuildColumn =
  | "id"
  | "builder"
  | "number"
  | "worker"
  | "requestId"
  | "startedAtSeconds"
  | "endedAtSeconds"
  | "isComplete"
  /** By its number. */
  | "result"
  | "stateText"
  | "branch";

export interface Condition<Column> {
  readonly column: Column;
  readonly operator: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains";
  /** `eq` and `contains`: one of them; the others: each of them. */
  readonly values: readonly (string | number | boolean | null)[];
}

export interface Order<Column> {
  readonly column: Column;
  readonly isDescending: boolean;
}

export type BuildCondition = Condition<BuildColumn>;
