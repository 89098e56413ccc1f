// What most parts of a master use.
import type { Clock } from "../base/clock.ts";
import type { MasterConfig } from "./master-config.ts";
import type { Change } from "./master-view.ts";
import type { Store } from "./store/index.ts";

export interface MasterParts {
  /** As now: a reload changes it. */
  readonly config: () => MasterConfig;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  readonly publish: (change: Change) => void;
  /** Something could not be read or written, and is not tried again. */
  readonly onFailure: (error: unknown) => void;
}
