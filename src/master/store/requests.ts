// The queue of build requests, in the order of their ids. A request keeps its place until its build has ended, so that
// a retried build comes first.
import type { RequestView } from "../master-view.ts";
import { type Row, storedText } from "./database.ts";
import type { StoreConnection } from "./store-connection.ts";

export interface Request extends Omit<RequestView, "waitsFor"> {
  /** The number of the build that it rebuilds. */
  readonly rebuildOf: number | undefined;
}

export class Requests {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Returns its id. */
  add(request: Omit<Request, "id">): number {
    const { builder, reason, submittedAtMs, rebuildOf } = request;
    const sql = "INSERT INTO requests (builder, reason, submitted_at, rebuild_of) VALUES (?, ?, ?, ?)";
    return this.#connection.run(sql, builder, storedText(reason), submittedAtMs, rebuildOf ?? null);
  }

  waiting(): readonly Request[] {
    return this.#connection.all("SELECT * FROM requests WHERE is_running = 0 ORDER BY id").map(requestOf);
  }

  waitingFor(builder: string): readonly Request[] {
    const sql = "SELECT * FROM requests WHERE is_running = 0 AND builder = ? ORDER BY id";
    return this.#connection.all(sql, builder).map(requestOf);
  }

  /** Undefined unless the request exists and is waiting. */
  waitingWithId(id: number): Request | undefined {
    const row = this.#connection.get("SELECT * FROM requests WHERE is_running = 0 AND id = ?", id);
    return row && requestOf(row);
  }

  setRunning(id: number, isRunning: boolean): void {
    this.#connection.run("UPDATE requests SET is_running = ? WHERE id = ?", isRunning ? 1 : 0, id);
  }

  remove(id: number): void {
    this.#connection.run("DELETE FROM requests WHERE id = ?", id);
  }
}

function requestOf(row: Row): Request {
  return {
    id: Number(row["id"]),
    builder: String(row["builder"]),
    reason: String(row["reason"]),
    submittedAtMs: Number(row["submitted_at"]),
    rebuildOf: row["rebuild_of"] === null ? undefined : Number(row["rebuild_of"]),
  };
}
