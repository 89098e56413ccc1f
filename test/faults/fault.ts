// What a fault is, and what becomes of it: the vocabulary of the tables. Knows of no fault.
import type { Counted } from "./census.ts";

/** What a worker made of a fault. */
export interface Outcome {
  /** Its log's sentence, with ports and numbers of processes taken out. */
  readonly said: string;
  /** From the moment of the fault to that sentence; undefined when there was nothing to notice. */
  readonly noticedMs: number | undefined;
  /** From the end of the fault until it was ready again; undefined when it was all the time, or ended. */
  readonly readyMs: number | undefined;
  readonly ending: "ready again" | "never lost" | "ended with its exit code" | "not noticed";
}

export interface FaultName {
  /** Where it strikes: a stage of the connection, and perhaps what the worker was doing. */
  readonly stage: string;
  readonly fault: string;
  /** Over in less than two seconds on an idle machine: run with all tests. */
  readonly isFast: boolean;
}

/** Faults that follow each other on one worker, each after the other has healed. */
export interface Lane {
  readonly title: string;
  readonly faults: readonly FaultName[];
  /** Whether its end tells what the worker still holds. */
  readonly countsLeaks: boolean;
  /** Why it cannot be run on this machine. */
  missing(): string | undefined;
  open(): Promise<OpenLane>;
}

export interface OpenLane {
  run(fault: FaultName): Promise<Outcome>;
  /** Ends the worker and all else. */
  end(): Promise<Ledger | undefined>;
}

/** What the worker's process held before the first fault and after the last. */
export interface Ledger {
  readonly before: Readonly<Partial<Record<Counted, number>>>;
  readonly after: Readonly<Partial<Record<Counted, number>>>;
  /** What it has more of than it may, in words. */
  readonly leaks: readonly string[];
}

export interface Fault<Scene> extends FaultName {
  readonly run: (scene: Scene) => Promise<Outcome>;
}

export interface LaneOptions<Scene> {
  readonly title: string;
  readonly faults: readonly Fault<Scene>[];
  /** Default: true. */
  readonly countsLeaks?: boolean;
  readonly missing?: () => string | undefined;
  readonly open: () => Promise<Scene>;
  readonly end: (scene: Scene) => Promise<Ledger | undefined>;
}

/** A lane whose faults are given the scene that `open` sets. */
export function lane<Scene>(options: LaneOptions<Scene>): Lane {
  const { title, faults, countsLeaks = true, missing = () => undefined, open, end } = options;
  return {
    title,
    faults,
    countsLeaks,
    missing,
    async open() {
      const scene = await open();
      return {
        run(name) {
          const fault = faults.find((one) => one === name);
          if (fault === undefined) throw new Error(`${title} has no fault "${name.fault}"`);
          return fault.run(scene);
        },
        end: () => end(scene),
      };
    },
  };
}
