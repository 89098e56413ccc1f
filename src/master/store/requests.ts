// The queue of build requests, in the order of their ids. A request keeps its place until its build has ended, so that
// a retried build comes first.
import type { RequestView } from "../master-view.ts";
import { changeColumns, splitChange } from "./changes.ts";
import { type Row, storedText, storedValue } from "./database.ts";
import { propertiesOf, propertiesText } from "./properties.ts";
import type { StoreConnection } from "./store-connection.ts";

export interface Request extends Omit<RequestView, "waitsFor" | "properties"> {
  /** The number of the build that it rebuilds. */
  readonly rebuildOf: number | undefined;
  readonly properties: ReadonlyMap<string, string>;
  readonly changeId: number | undefined;
}

/** Without the change, which is stored before. */
export type NewRequest = Pick<Request, "builder" | "reason" | "rebuildOf"> &
  Partial<Pick<Request, "properties" | "changeId">>;

const SELECT = `SELECT requests.id, builder, reason, submitted_at AS submittedAtMs, rebuild_of AS rebuildOf, properties,
  change_id AS changeId, ${changeColumns} FROM requests LEFT JOIN changes ON changes.id = change_id`;

export class Requests {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Returns its id. */
  add(request: NewRequest & Pick<Request, "submittedAtMs">): number {
    const { builder, reason, submittedAtMs, rebuildOf, properties, changeId } = request;
    const sql = `INSERT INTO requests (builder, reason, submitted_at, rebuild_of, properties, change_id)
      VALUES (?, ?, ?, ?, ?, ?)`;
    const values = [submittedAtMs, rebuildOf ?? null, propertiesText(properties), changeId ?? null];
    return this.#connection.run(sql, builder, storedText(reason), ...values);
  }

  /** The id of a waiting request that asks for the same build, whatever its change. */
  equal({ builder, reason, rebuildOf, properties }: NewRequest): number | undefined {
    const sql = `SELECT id FROM requests WHERE is_running = 0 AND builder = ? AND reason = ? AND rebuild_of IS ?
      AND properties = ? ORDER BY id LIMIT 1`;
    const values = [storedText(reason), rebuildOf ?? null, propertiesText(properties)];
    const row = this.#connection.get(sql, builder, ...values);
    return row && Number(row["id"]);
  }

  waiting(): readonly Request[] {
    return this.#connection.all(`${SELECT} WHERE is_running = 0 ORDER BY requests.id`).map(requestOf);
  }

  waitingFor(builder: string): readonly Request[] {
    const sql = `${SELECT} WHERE is_running = 0 AND builder = ? ORDER BY requests.id`;
    return this.#connection.all(sql, builder).map(requestOf);
  }

  waitingCount(builder: string): number {
    const sql = "SELECT count(*) AS count FROM requests WHERE is_running = 0 AND builder = ?";
    return Number(this.#connection.get(sql, builder)?.["count"]);
  }

  /** Undefined unless the request exists and is waiting. */
  waitingWithId(id: number): Request | undefined {
    const row = this.#connection.get(`${SELECT} WHERE is_running = 0 AND requests.id = ?`, id);
    return row && requestOf(row);
  }

  setRunning(id: number, isRunning: boolean): void {
    this.#connection.run("UPDATE requests SET is_running = ? WHERE id = ?", isRunning ? 1 : 0, id);
  }

  /** Returns their ids. */
  removeWaiting(): readonly number[] {
    return this.#connection.transaction(() => {
      const ids = this.#connection.all("SELECT id FROM requests WHERE is_running = 0").map((row) => Number(row["id"]));
      this.#connection.run("DELETE FROM requests WHERE is_running = 0");
      return ids;
    });
  }

  remove(id: number): void {
    this.#connection.run("DELETE FROM requests WHERE id = ?", id);
  }
}

function requestOf(row: Row): Request {
  const { change, rest } = splitChange(row);
  return { ...storedValue<Request>(rest), properties: propertiesOf(rest), change };
}
