// A store in a temporary directory, with a build in it whose step has a log.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RetentionConfig } from "../../../src/master/master-config.ts";
import type { BuildRow } from "../../../src/master/store/builds.ts";
import { openDatabase } from "../../../src/master/store/database.ts";
import { STORE_FILE, Store } from "../../../src/master/store/store.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { retention } from "../test-master.ts";

export class TestStore {
  readonly directory = mkdtempSync(join(tmpdir(), "buildhand-store-"));
  readonly clock = new ManualClock();
  store: Store;

  constructor(more: Partial<RetentionConfig> = {}) {
    this.store = this.#open(more);
  }

  reopen(more: Partial<RetentionConfig> = {}): void {
    this.store.close();
    this.store = this.#open(more);
  }

  beginBuild(builder = "b1"): BuildRow {
    const id = this.store.requests.add({ builder, reason: "r", submittedAtMs: 0, rebuildOf: undefined });
    return this.store.beginBuild(this.store.requests.waitingWithId(id)!, "w1", ["one"]);
  }

  /** Gives the id of a log of the build's first step. */
  beginLog(build: BuildRow, name = "stdio"): number {
    return this.store.logs.begin(this.store.builds.steps(build.id)[0]!.id, name);
  }

  /** Changes the database behind the store's back. */
  damage(sql: string): void {
    this.store.close();
    const database = openDatabase(join(this.directory, STORE_FILE));
    database.exec(sql);
    database.close();
    this.store = this.#open({});
  }

  remove(): void {
    this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #open(more: Partial<RetentionConfig>): Store {
    return new Store({ directory: this.directory, retention: () => retention(more), clock: this.clock });
  }
}
