// The tables of changes: what was received, the last known revision of each branch, and what waits for its branch to be
// stable.
import { DAY_MS } from "../../base/duration.ts";
import type { SourceChange } from "../master-view.ts";
import { type Row, storedText } from "./database.ts";
import type { StoreConnection } from "./store-connection.ts";

/** How long a delivery is remembered, to recognize a repeated one, and a change without builds is kept. */
const REMEMBERED_MS = 30 * DAY_MS;
const DELETED_AT_A_TIME = 1000;

/** To be selected together with the columns of another table. */
export const changeColumns =
  "changes.repository AS change_repository, changes.branch AS branch, revision, author, message, link, received_at";

/** A branch that has changed, and waits until it is stable. */
export interface UnstableBranch {
  readonly scheduler: string;
  readonly change: SourceChange;
  readonly changeId: number;
  readonly dueAtMs: number;
}

export class SourceChanges {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Returns its id; undefined if it is what the branch was known to be at. */
  add(change: SourceChange, atMs: number): number | undefined {
    const { repository, branch, revision, author, message, link } = change;
    return this.#connection.transaction(() => {
      if (this.head(repository, branch) === revision) return undefined;
      this.setHead(repository, branch, revision);
      const sql = `INSERT INTO changes (repository, branch, revision, author, message, link, received_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`;
      const texts = [repository, branch, revision, author, message, link].map(storedText);
      return this.#connection.run(sql, ...texts, atMs);
    });
  }

  /** Whether a change of the branch (undefined: of any) arrived at or after this time. */
  isAnySince(branch: string | undefined, atMs: number): boolean {
    const sql = "SELECT 1 FROM changes WHERE received_at >= ? AND (branch = ? OR ? IS NULL) LIMIT 1";
    return this.#connection.get(sql, atMs, branch ?? null, branch ?? null) !== undefined;
  }

  head(repository: string, branch: string): string | undefined {
    const sql = "SELECT revision FROM heads WHERE repository = ? AND branch = ?";
    const row = this.#connection.get(sql, repository, branch);
    return row && String(row["revision"]);
  }

  heads(repository: string): ReadonlyMap<string, string> {
    const rows = this.#connection.all("SELECT branch, revision FROM heads WHERE repository = ?", repository);
    return new Map(rows.map((row) => [String(row["branch"]), String(row["revision"])]));
  }

  setHead(repository: string, branch: string, revision: string): void {
    this.#connection.run("INSERT OR REPLACE INTO heads VALUES (?, ?, ?)", repository, branch, revision);
  }

  /** The branch was deleted. */
  removeHead(repository: string, branch: string): void {
    this.#connection.run("DELETE FROM heads WHERE repository = ? AND branch = ?", repository, branch);
  }

  /** Whether a hook's delivery of this id is the first one; it is remembered. */
  isFirstDelivery(id: string, atMs: number): boolean {
    return this.#connection.transaction(() => {
      this.#connection.run("DELETE FROM hook_deliveries WHERE received_at < ?", atMs - REMEMBERED_MS);
      if (this.#connection.get("SELECT 1 FROM hook_deliveries WHERE id = ?", id) !== undefined) return false;
      this.#connection.run("INSERT INTO hook_deliveries VALUES (?, ?)", id, atMs);
      return true;
    });
  }

  /** Replaces an earlier change of the same branch. */
  wait({ scheduler, change, changeId, dueAtMs }: UnstableBranch): void {
    const sql = "INSERT OR REPLACE INTO unstable_branches VALUES (?, ?, ?, ?, ?)";
    this.#connection.run(sql, scheduler, change.repository, change.branch, changeId, dueAtMs);
  }

  /** The next due first. */
  waiting(): readonly UnstableBranch[] {
    const sql = `SELECT scheduler, change_id, due_at, ${changeColumns}
      FROM unstable_branches AS waiting JOIN changes ON changes.id = change_id ORDER BY due_at`;
    return this.#connection.all(sql).map((row) => ({
      scheduler: String(row["scheduler"]),
      change: changeOfRow(row)!,
      changeId: Number(row["change_id"]),
      dueAtMs: Number(row["due_at"]),
    }));
  }

  isStable({ scheduler, change }: UnstableBranch): void {
    const sql = "DELETE FROM unstable_branches WHERE scheduler = ? AND repository = ? AND branch = ?";
    this.#connection.run(sql, scheduler, change.repository, change.branch);
  }

  /** Deletes old changes that no build refers to. */
  deleteOld(nowMs: number): void {
    const sql = `DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE received_at < ?
      AND NOT EXISTS (SELECT 1 FROM builds WHERE change_id = changes.id)
      AND NOT EXISTS (SELECT 1 FROM requests WHERE change_id = changes.id)
      AND NOT EXISTS (SELECT 1 FROM unstable_branches WHERE change_id = changes.id) LIMIT ?)`;
    this.#connection.run(sql, nowMs - REMEMBERED_MS, DELETED_AT_A_TIME);
  }
}

/** Undefined if the row has none. */
export function changeOfRow(row: Row): SourceChange | undefined {
  if (row["revision"] === null || row["revision"] === undefined) return undefined;
  return {
    repository: String(row["change_repository"]),
    branch: String(row["branch"]),
    revision: String(row["revision"]),
    author: String(row["author"]),
    message: String(row["message"]),
    link: String(row["link"]),
  };
}
