// What the status page, and anybody else who watches, sees of a master, and may ask of it. Values only: all text in them may
// be a worker's or a build's word. Times are milliseconds since the epoch.
import type { Result } from "./results.ts";

export interface BuilderView {
  readonly name: string;
  readonly description: string | undefined;
  readonly workers: readonly string[];
  /** Whether a force scheduler has it. */
  readonly canBeForced: boolean;
  readonly waitingCount: number;
  readonly running: readonly BuildView[];
  /** The newest first, running ones too. */
  readonly lastBuilds: readonly BuildView[];
}

export interface RequestView {
  readonly id: number;
  readonly builder: string;
  readonly reason: string;
  readonly submittedAtMs: number;
  /** What it waits for, as a sentence: `no worker of this builder is attached`. */
  readonly waitsFor: string;
}

export interface BuildView {
  readonly id: number;
  readonly builder: string;
  /** Counted per builder, from 1. */
  readonly number: number;
  readonly worker: string;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Undefined while it runs. */
  readonly result: Result | undefined;
  /** A few words: what it does now, or what failed. */
  readonly stateText: string;
  readonly isStopping: boolean;
}

export interface BuildDetail extends BuildView {
  readonly steps: readonly StepView[];
  /** The number of the build that this one repeats. */
  readonly rebuildOf: number | undefined;
  /** The numbers of those that repeat this one, in their order. */
  readonly rebuilds: readonly number[];
}

export interface StepView {
  readonly id: number;
  /** From 1. */
  readonly number: number;
  readonly name: string;
  /** Undefined while it has not begun. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly result: Result | undefined;
  readonly stateText: string;
  readonly logs: readonly LogView[];
}

export interface LogView {
  readonly id: number;
  readonly name: string;
  /** Of the name, fit for an address; one of its own in each step. */
  readonly slug: string;
  readonly lineCount: number;
  readonly bytes: number;
  readonly isComplete: boolean;
}

export interface LogLine {
  /** Where it came from: header, output, errors. */
  readonly stream: "h" | "o" | "e";
  /** Without its newline. */
  readonly text: string;
}

export interface WorkerView {
  readonly name: string;
  readonly state: "attached" | "away" | "shutting down" | "never seen";
  readonly protocol: "pb" | "msgpack" | undefined;
  readonly peer: string | undefined;
  readonly attachedAtMs: number | undefined;
  readonly lastSeenAtMs: number | undefined;
  readonly version: string | undefined;
  readonly builders: readonly string[];
  readonly running: readonly BuildView[];
  /** `admin`, `host`, `access_uri` and whatever else it told; kept when it is away. */
  readonly facts: ReadonlyMap<string, string>;
}

/** Something has changed, and this is what to look at again. */
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

/** Asking for what does not exist, or cannot be done, throws a WorkerError of family `usage` with a sentence to be shown. */
export interface MasterView {
  readonly title: string;
  /** Why no build begins although it could, as a sentence: the store cannot be written. */
  readonly trouble: string | undefined;
  builders(): readonly BuilderView[];
  builder(name: string): BuilderView | undefined;
  requests(builder: string): readonly RequestView[];
  /** The newest first. */
  builds(query: BuildQuery): readonly BuildView[];
  build(builder: string, number: number): BuildDetail | undefined;
  /** Lines from `firstLine` (0 is the first) on, at most `limit`, fewer of very long ones; reads no more of the log than it needs. */
  logLines(logId: number, firstLine: number, limit: number): readonly LogLine[];
  /** All of it as text in UTF-8, piece by piece; throws where it ends too early. */
  logText(logId: number): Iterable<Uint8Array>;
  workers(): readonly WorkerView[];
  worker(name: string): WorkerView | undefined;
  /** Calls back at each change until the function that it returns is called. */
  watch(listener: (change: Change) => void): () => void;
  /** Gives the request's id. */
  force(builder: string, reason: string): number;
  cancelRequest(id: number): void;
  stop(builder: string, number: number, reason: string): void;
  /** Gives the request's id. */
  rebuild(builder: string, number: number): number;
  /** Lets a worker end when its builds have. */
  shutDownWorker(name: string): void;
}

export interface BuildQuery {
  readonly builder?: string;
  readonly worker?: string;
  /** Only those with a lower id. */
  readonly beforeId?: number;
  readonly limit: number;
}
