// The running schedulers of a master: force schedulers only allow builds to be forced, periodic ones request builds
// themselves.
import type { Clock } from "../../base/clock.ts";
import type { MasterConfig } from "../master-config.ts";
import type { NewRequest, Store } from "../store/index.ts";
import { PeriodicSchedule } from "./periodic.ts";

export interface PeriodicSchedulesOptions {
  readonly config: MasterConfig;
  readonly store: Store;
  readonly clock: Clock;
  readonly submit: (request: NewRequest) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The periodic schedules of the configuration, not started yet. */
export function periodicSchedules(options: PeriodicSchedulesOptions): readonly PeriodicSchedule[] {
  const { config, store, clock, submit, onFailure } = options;
  return config.schedulers.flatMap((scheduler) => {
    if (scheduler.type !== "periodic") return [];
    const { name, builders, everySeconds } = scheduler;
    const reason = `periodic scheduler '${name}'`;
    const run = (atMs: number) => {
      store.schedules.ran(name, atMs);
      for (const builder of builders) {
        // A request that is still waiting covers this run too.
        const waits = store.requests.waitingFor(builder).some((request) => request.reason === reason);
        if (!waits) submit({ builder, reason, rebuildOf: undefined });
      }
    };
    const lastRunAtMs = () => store.schedules.lastRunAtMs(name);
    return [new PeriodicSchedule({ everyMs: everySeconds * 1000, clock, lastRunAtMs, run, onFailure })];
  });
}
