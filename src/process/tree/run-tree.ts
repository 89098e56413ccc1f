// What a run needs of its processes. Types only.
import type { ControlGroup } from "./control-groups.ts";
import type { ListedProcess } from "./process-list.ts";
import type { SignalName } from "./signals.ts";

/** `ProcessTree` has the contracts; systems that know less about processes, or group them themselves, have another. */
export interface RunTree {
  readonly leaderPid: number;
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup: ControlGroup | undefined;
  readonly hidesNames: boolean;
  readonly isSure: boolean;
  readonly lookMs: number;
  /** Which of its processes the last scan may have missed, in a sentence; undefined if none. */
  readonly blindSpot?: string | undefined;
  noteLeaderReaped(): void;
  release(): void;
  running(): Promise<readonly ListedProcess[] | undefined>;
  isRunning(): Promise<boolean>;
  startedAlready?(): readonly ListedProcess[];
  recent(): Promise<readonly ListedProcess[]>;
  outputHolders(): Promise<readonly ListedProcess[]>;
  /** Whether it is still running, and not about to end. */
  isStaying(one: ListedProcess): boolean;
  signal(signal: SignalName): Promise<readonly ListedProcess[] | undefined>;
}
