// What workers reported about themselves, kept while they are disconnected.
import type { WorkerInfo, WorkerLink } from "../worker-link.ts";
import { storedText, storedValue } from "./database.ts";
import { mapOfJson } from "./properties.ts";
import type { StoreConnection } from "./store-connection.ts";

/** Limits, since facts come from the worker. */
const MAX_FACTS = 200;
const LONGEST_NAME = 100;
const LONGEST_FACT = 10_000;

export interface WorkerRow {
  readonly protocol: "pb" | "msgpack";
  readonly peer: string;
  readonly attachedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly version: string | undefined;
  readonly facts: ReadonlyMap<string, string>;
}

export class Workers {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  attached({ name, protocol, peer, info }: WorkerLink, atMs: number): void {
    const version = info.version === undefined ? null : storedText(info.version.slice(0, LONGEST_NAME));
    const sql = "INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?, ?, ?)";
    this.#connection.run(sql, name, protocol, storedText(peer), atMs, atMs, version, factsText(info));
  }

  seen(name: string, atMs: number): void {
    this.#connection.run("UPDATE workers SET last_seen_at = ? WHERE name = ?", atMs, name);
  }

  find(name: string): WorkerRow | undefined {
    const sql = `SELECT protocol, peer, attached_at AS attachedAtMs, last_seen_at AS lastSeenAtMs, version, facts
      FROM workers WHERE name = ?`;
    const row = this.#connection.get(sql, name);
    return row && { ...storedValue<WorkerRow>(row), facts: mapOfJson(row["facts"]) };
  }
}

function factsText({ facts }: WorkerInfo): string {
  const kept = [...facts].slice(0, MAX_FACTS).map(([name, value]) => {
    return [storedText(name.slice(0, LONGEST_NAME)), storedText(value.slice(0, LONGEST_FACT))];
  });
  return JSON.stringify(Object.fromEntries(kept));
}
