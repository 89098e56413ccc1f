// When each scheduler last requested builds, so that a restart does not trigger it again.
import type { StoreConnection } from "./store-connection.ts";

export class Schedules {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Milliseconds since the epoch; undefined if it never ran. */
  lastRunAtMs(name: string): number | undefined {
    const row = this.#connection.get("SELECT last_run_at FROM schedules WHERE name = ?", name);
    return row && Number(row["last_run_at"]);
  }

  ran(name: string, atMs: number): void {
    this.#connection.run("INSERT OR REPLACE INTO schedules VALUES (?, ?)", name, atMs);
  }
}
