// What workers reported about themselves, kept while they are disconnected.
import type { WorkerInfo, WorkerLink } from "../worker-link.ts";
import { storedText } from "./database.ts";
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
    const row = this.#connection.get("SELECT * FROM workers WHERE name = ?", name);
    if (row === undefined) return undefined;
    return {
      protocol: row["protocol"] === "msgpack" ? "msgpack" : "pb",
      peer: String(row["peer"]),
      attachedAtMs: Number(row["attached_at"]),
      lastSeenAtMs: Number(row["last_seen_at"]),
      version: row["version"] === null ? undefined : String(row["version"]),
      facts: factsOf(String(row["facts"])),
    };
  }
}

function factsOf(text: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  } catch {
    // damaged on disk; the worker reports them again when it attaches
    return new Map();
  }
}

function factsText({ facts }: WorkerInfo): string {
  const kept = [...facts].slice(0, MAX_FACTS).map(([name, value]) => {
    return [storedText(name.slice(0, LONGEST_NAME)), storedText(value.slice(0, LONGEST_FACT))];
  });
  return JSON.stringify(Object.fromEntries(kept));
}
