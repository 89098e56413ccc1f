// The state of a master on disk. Joins the tables; operations on several of them are one transaction here.
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { RetentionConfig } from "../master-config.ts";
import { type BuildRow, Builds, type Ending } from "./builds.ts";
import { SourceChanges } from "./changes.ts";
import { Logs } from "./logs.ts";
import { Reports } from "./reports.ts";
import { type Request, Requests } from "./requests.ts";
import { deleteSome } from "./retention.ts";
import { Schedules } from "./schedules.ts";
import { StoreConnection } from "./store-connection.ts";
import { Workers } from "./workers.ts";

export const STORE_FILE = "state.sqlite";

export interface StoreOptions {
  /** Contains the database files. */
  readonly directory: string;
  /** As now. */
  readonly retention: () => RetentionConfig;
  readonly clock: Clock;
}

export class Store {
  readonly requests: Requests;
  readonly builds: Builds;
  readonly logs: Logs;
  readonly workers: Workers;
  readonly schedules: Schedules;
  readonly changes: SourceChanges;
  readonly reports: Reports;
  readonly #connection: StoreConnection;
  readonly #options: StoreOptions;

  /** Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(options: StoreOptions) {
    this.#options = options;
    const connection = new StoreConnection(join(options.directory, STORE_FILE));
    this.#connection = connection;
    this.requests = new Requests(connection);
    this.builds = new Builds(connection);
    this.logs = new Logs({ connection, clock: options.clock, retention: options.retention });
    this.workers = new Workers(connection);
    this.schedules = new Schedules(connection);
    this.changes = new SourceChanges(connection);
    this.reports = new Reports(connection);
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return this.#options.clock.date().getTime();
  }

  beginBuild(request: Request, worker: string, stepNames: readonly string[]): BuildRow {
    return this.#connection.transaction(() => {
      this.requests.setRunning(request.id, true);
      return this.builds.begin({ request, worker, stepNames, startedAtMs: this.nowMs() });
    });
  }

  /** Also completes its logs. A build that ends RETRY leaves its request at its place in the queue. */
  endBuild(build: BuildRow, ending: Omit<Ending, "endedAtMs">): void {
    for (const step of this.builds.steps(build.id)) {
      for (const log of this.logs.ofStep(step.id)) this.logs.finish(log.id);
    }
    this.#connection.transaction(() => {
      this.builds.end(build.id, { ...ending, endedAtMs: this.nowMs() });
      if (ending.result === "RETRY") this.requests.setRunning(build.requestId, false);
      else this.requests.remove(build.requestId);
    });
    this.logs.buildEnded(build.id);
  }

  /** Ends the builds that a killed master left open; returns them, since they are retried. */
  recover(): readonly BuildRow[] {
    return this.#connection.transaction(() => {
      const lost = this.builds.unfinished();
      this.logs.completeLost();
      for (const build of lost)
        this.endBuild(build, { result: "RETRY", stateText: "the master ended during the build" });
      return lost;
    });
  }

  /** Does all of `work` or nothing. */
  together<Value>(work: () => Value): Value {
    return this.#connection.transaction(work);
  }

  /** Returns whether there is more to delete. */
  deleteSome(): boolean {
    return deleteSome(this.#connection, this.#options.retention(), this.nowMs());
  }

  /** Throws ERR_STORE_WRITE while writes fail. */
  probe(): void {
    this.#connection.probe();
  }

  close(): void {
    this.logs.close();
    this.#connection.close();
  }
}
