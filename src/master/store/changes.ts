// The tables of changes: what was received, the last known revision of each branch, and what waits for its branch to be
// stable.
import { DAY_MS } from "../../base/duration.ts";
import type { SourceChange } from "../master-view.ts";
import { type Row, storedText, storedValue } from "./database.ts";
import type { StoreConnection } from "./store-connection.ts";

/** How long a delivery is remembered, to recognize a repeated one, and a change without builds is kept. */
const REMEMBERED_MS = 30 * DAY_MS;
const DELETED_AT_A_TIME = 1000;

const CHANGE_KEYS = ["repository", "branch", "revision", "author", "message", "link"] as const;
/** To be selected together with the columns of another table; see `splitChange`. */
export const changeColumns = CHANGE_KEYS.map((key) => `changes.${key} AS ${key}`).join(", ");

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
    const { repository, branch, revision } = change;
    return this.#connection.transaction(() => {
      if (this.head(repository, branch) === revision) return undefined;
      this.setHead(repository, branch, revision);
      const sql = `INSERT INTO changes (${CHANGE_KEYS.join(", ")}, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)`;
      const texts = CHANGE_KEYS.map((key) => storedText(change[key]));
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
    const sql = `SELECT scheduler, change_id AS changeId, due_at AS dueAtMs, ${changeColumns}
      FROM unstable_branches AS waiting JOIN changes ON changes.id = change_id ORDER BY due_at`;
    return this.#connection.all(sql).map((row) => {
      const { change, rest } = splitChange(row);
      return { ...storedValue<UnstableBranch>(rest), change: change! };
    });
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

/** A row's change, undefined if it has none, and the other columns. */
export function splitChange(row: Row): { readonly change: SourceChange | undefined; readonly rest: Row } {
  const { repository, branch, revision, author, message, link, ...rest } = row;
  const change = { repository, branch, revision, author, message, link };
  return { change: revision === null ? undefined : (change as unknown as SourceChange), rest };
}
