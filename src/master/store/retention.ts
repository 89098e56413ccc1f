// Deletes old builds with their steps and logs; never running ones.
import { DAY_MS } from "../../base/duration.ts";
import type { RetentionConfig } from "../master-config.ts";
import type { StoreConnection } from "./store-connection.ts";

/** Limit per batch: each build's logs may have thousands of chunks, and deleting blocks everything else. */
const BUILDS_AT_A_TIME = 10;

/** Returns whether more builds or free pages remain. */
export function deleteSome(connection: StoreConnection, retention: RetentionConfig, nowMs: number): boolean {
  const ids = [...tooOld(connection, retention, nowMs), ...tooMany(connection, retention)];
  const chosen = [...new Set(ids)].slice(0, BUILDS_AT_A_TIME);
  connection.transaction(() => {
    for (const id of chosen) connection.run("DELETE FROM builds WHERE id = ?", id);
  });
  return connection.shrink() || chosen.length > 0;
}

function tooOld(connection: StoreConnection, { days }: RetentionConfig, nowMs: number): readonly number[] {
  if (days === undefined) return [];
  const sql = "SELECT id FROM builds WHERE ended_at < ? ORDER BY ended_at LIMIT ?";
  return connection.all(sql, nowMs - days * DAY_MS, BUILDS_AT_A_TIME).map((row) => Number(row["id"]));
}

function tooMany(connection: StoreConnection, { buildsPerBuilder }: RetentionConfig): readonly number[] {
  if (buildsPerBuilder === undefined) return [];
  const builders = connection.all("SELECT name FROM builders").map((row) => String(row["name"]));
  return builders.flatMap((builder) => {
    const sql = `SELECT id FROM builds WHERE builder = ? AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ? OFFSET ?`;
    return connection.all(sql, builder, BUILDS_AT_A_TIME, buildsPerBuilder).map((row) => Number(row["id"]));
  });
}
