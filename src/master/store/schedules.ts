// When a scheduler last asked for builds, so that a restart does not make it ask again.
import type { StoreConnection } from "./store-connection.ts";

export class Schedules {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** In milliseconds since the epoch; undefined when it never has. */
  lastRunAtMs(name: string): number | undefined {
    const row = this.#connection.get("SELECT last_run_at FROM schedules WHERE name = ?", name);
    return row && Number(row["last_run_at"]);
  }

  ran(name: string, atMs: number): void {
    this.#connection.run("INSERT OR REPLACE INTO schedules VALUES (?, ?)", name, atMs);
  }
}
