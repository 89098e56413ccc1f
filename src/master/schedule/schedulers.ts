// The running schedulers of a master: periodic and nightly ones request builds by time, branch schedulers by changes.
// Force and triggerable ones only allow others to request builds.
import type { Timer } from "../../base/clock.ts";
import { namePattern } from "../../base/name-pattern.ts";
import { nextRunMs } from "../cron.ts";
import type { BranchConfig, NightlyConfig, PeriodicConfig } from "../master-config.ts";
import type { MasterParts } from "../master-parts.ts";
import type { SourceChange } from "../master-view.ts";
import type { NewRequest, UnstableBranch } from "../store/index.ts";
import { TimedSchedule } from "./timed.ts";

/** How often the wall clock is read while a branch is not stable. */
const CHECK_MS = 60_000;

export interface SchedulersOptions extends MasterParts {
  readonly submit: (request: NewRequest) => void;
}

type TimedConfig = PeriodicConfig | NightlyConfig;

export class Schedulers {
  readonly #options: SchedulersOptions;
  #timed: readonly TimedSchedule[] = [];
  /** When each was first started: a reload must not lose a run that is due but has not begun. */
  readonly #sinceMs = new Map<string, number>();
  #stableTimer: Timer | undefined;

  constructor(options: SchedulersOptions) {
    this.#options = options;
  }

  start(): void {
    const timed = this.#options.config().schedulers.filter((one) => one.type === "periodic" || one.type === "nightly");
    this.#timed = timed.map((scheduler) => this.#schedule(scheduler));
    for (const schedule of this.#timed) schedule.start();
    this.#checkStable();
  }

  stop(): void {
    for (const schedule of this.#timed) schedule.stop();
    this.#stableTimer?.cancel();
  }

  /** The configuration has changed. */
  restart(): void {
    this.stop();
    this.start();
  }

  /** A change has been recorded with this id. Throws ERR_STORE_WRITE. */
  changed(change: SourceChange, changeId: number): void {
    const { store } = this.#options;
    for (const scheduler of this.#branchSchedulers()) {
      if (!isFor(scheduler, change)) continue;
      const waiting = { scheduler: scheduler.name, change, changeId };
      if (scheduler.treeStableSeconds === 0) this.#build(scheduler, waiting);
      else store.changes.wait({ ...waiting, dueAtMs: this.#nowMs() + scheduler.treeStableSeconds * 1000 });
    }
    this.#checkStable();
  }

  #schedule(scheduler: TimedConfig): TimedSchedule {
    const { store, clock, onFailure } = this.#options;
    // With other times, the last run of the old ones does not count.
    const times = scheduler.type === "nightly" ? ` ${scheduler.cron} ${scheduler.timeZone ?? ""}` : "";
    const key = `${scheduler.name}${times}`;
    const sinceMs = this.#sinceMs.get(key) ?? this.#nowMs();
    this.#sinceMs.set(key, sinceMs);
    return new TimedSchedule({
      dueAtMs: (lastRunAtMs, nowMs) => dueAtMs(scheduler, lastRunAtMs, Math.min(sinceMs, nowMs)),
      clock,
      lastRunAtMs: () => store.schedules.lastRunAtMs(key),
      run: (atMs) => store.together(() => this.#run(scheduler, key, atMs)),
      onFailure,
    });
  }

  #run(scheduler: TimedConfig, key: string, atMs: number): void {
    const { store, submit } = this.#options;
    const { type, name, builders, branch } = scheduler;
    const lastRunAtMs = store.schedules.lastRunAtMs(key) ?? 0;
    store.schedules.ran(key, atMs);
    if (type === "nightly" && scheduler.onlyIfChanged && !store.changes.isAnySince(branch, lastRunAtMs)) return;
    const reason = `${type} scheduler '${name}'`;
    const properties = new Map([["scheduler", name], ...(branch === undefined ? [] : [["branch", branch] as const])]);
    for (const builder of builders) {
      // A request that is still waiting covers this run too.
      const waits = store.requests.waitingFor(builder).some((request) => request.reason === reason);
      if (!waits) submit({ builder, reason, rebuildOf: undefined, properties });
    }
  }

  #branchSchedulers(): readonly BranchConfig[] {
    return this.#options.config().schedulers.filter((scheduler) => scheduler.type === "branch");
  }

  /** Builds the branches that have become stable, and waits for the next. */
  #checkStable(): void {
    this.#stableTimer?.cancel();
    const { store, clock, onFailure } = this.#options;
    try {
      const nowMs = this.#nowMs();
      const waiting = store.changes.waiting();
      for (const branch of waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs)) this.#stable(branch);
      const next = waiting.find(({ dueAtMs }) => dueAtMs > nowMs);
      if (next === undefined) return;
      const delayMs = Math.min(next.dueAtMs - nowMs, CHECK_MS);
      this.#stableTimer = clock.after(delayMs, () => this.#checkStable());
    } catch (error) {
      onFailure(error);
      this.#stableTimer = clock.after(CHECK_MS, () => this.#checkStable());
    }
  }

  #stable(branch: UnstableBranch): void {
    const { store } = this.#options;
    const scheduler = this.#branchSchedulers().find(({ name }) => name === branch.scheduler);
    store.together(() => {
      store.changes.isStable(branch);
      if (scheduler !== undefined) this.#build(scheduler, branch);
    });
  }

  #build({ name, builders }: BranchConfig, { change, changeId }: Omit<UnstableBranch, "dueAtMs">): void {
    const { repository, branch, revision } = change;
    const properties = new Map(Object.entries({ repository, branch, revision, scheduler: name }));
    const reason = `branch scheduler '${name}'`;
    for (const builder of builders)
      this.#options.submit({ builder, reason, rebuildOf: undefined, properties, changeId });
  }

  #nowMs(): number {
    return this.#options.clock.date().getTime();
  }
}

/** Missed runs become one. Without a last one, none was missed, and a periodic scheduler begins when it is new. */
function dueAtMs(scheduler: TimedConfig, lastRunAtMs: number | undefined, sinceMs: number): number | undefined {
  if (scheduler.type === "nightly") return nextRunMs(scheduler, lastRunAtMs ?? sinceMs);
  return lastRunAtMs === undefined ? sinceMs : lastRunAtMs + scheduler.everySeconds * 1000;
}

function isFor({ repository, branches }: BranchConfig, change: SourceChange): boolean {
  if (repository !== undefined && repository !== change.repository) return false;
  return branches.some((pattern) => namePattern(pattern)(change.branch));
}
