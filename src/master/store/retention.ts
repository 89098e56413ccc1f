// Forgets old builds, with their steps and logs. Running ones are never touched.
import { DAY_MS } from "../../base/duration.ts";
import type { RetentionConfig } from "../master-config.ts";
import type { StoreConnection } from "./store-connection.ts";

/** Removed in one go: the logs of each may be thousands of chunks, and nothing else happens meanwhile. */
const BUILDS_AT_A_TIME = 10;

/** Gives whether there is more to forget, or to give back to the disk. */
export function forgetSome(connection: StoreConnection, retention: RetentionConfig, nowMs: number): boolean {
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
