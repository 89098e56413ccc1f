// Messages of reporters that are not delivered yet, so that a restart loses none.
import { storedText, storedValue } from "./database.ts";
import type { StoreConnection } from "./store-connection.ts";

/** Per reporter; beyond that, the oldest are dropped. */
const MAX_WAITING = 1000;

export interface Report {
  readonly id: number;
  /** JSON. */
  readonly content: string;
  readonly createdAtMs: number;
}

export class Reports {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  add(reporter: string, content: string, atMs: number): void {
    const sql = "INSERT INTO reports (reporter, content, created_at) VALUES (?, ?, ?)";
    this.#connection.run(sql, reporter, storedText(content), atMs);
    const rest = `DELETE FROM reports WHERE reporter = ? AND id <= (SELECT id FROM reports WHERE reporter = ?
      ORDER BY id DESC LIMIT 1 OFFSET ?)`;
    this.#connection.run(rest, reporter, reporter, MAX_WAITING);
  }

  /** The oldest. */
  next(reporter: string): Report | undefined {
    const sql = `SELECT id, content, created_at AS createdAtMs FROM reports WHERE reporter = ? ORDER BY id LIMIT 1`;
    const row = this.#connection.get(sql, reporter);
    return row && storedValue<Report>(row);
  }

  /** Those of reporters that are no longer configured. */
  removeOld(beforeMs: number): void {
    this.#connection.run("DELETE FROM reports WHERE created_at < ?", beforeMs);
  }

  remove(id: number): void {
    this.#connection.run("DELETE FROM reports WHERE id = ?", id);
  }
}
