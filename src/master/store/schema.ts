// The tables of a master's database, and their migrations.
import { masterErrors } from "../errors.ts";
import type { Database } from "./database.ts";

/** Marks the file as ours: `Bhnd`. */
const APPLICATION_ID = 0x42686e64;

/** One entry per schema version; released ones never change. */
const versions: readonly string[] = [
  `
  CREATE TABLE builders (name TEXT PRIMARY KEY, last_number INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- waiting and running requests; the queue is ordered by id
  CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    builder TEXT NOT NULL,
    reason TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    rebuild_of INTEGER,
    is_running INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE builds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    builder TEXT NOT NULL,
    number INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    rebuild_of INTEGER,
    worker TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    result INTEGER,
    state_text TEXT NOT NULL,
    UNIQUE (builder, number)
  ) STRICT;
  CREATE INDEX builds_of_worker ON builds (worker, id);
  CREATE INDEX builds_of_builder ON builds (builder, id);
  CREATE INDEX builds_by_end ON builds (ended_at);

  CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    build_id INTEGER NOT NULL REFERENCES builds ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    result INTEGER,
    state_text TEXT NOT NULL,
    UNIQUE (build_id, number)
  ) STRICT;

  CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    step_id INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    line_count INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    is_complete INTEGER NOT NULL DEFAULT 0,
    UNIQUE (step_id, slug)
  ) STRICT;

  -- streams: one letter and a count for each run of lines, such as h3o120e1; text: deflated
  CREATE TABLE log_chunks (
    log_id INTEGER NOT NULL REFERENCES logs ON DELETE CASCADE,
    first_line INTEGER NOT NULL,
    line_count INTEGER NOT NULL,
    streams TEXT NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (log_id, first_line)
  ) STRICT;

  -- facts: a JSON object with string values
  CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    protocol TEXT NOT NULL,
    peer TEXT NOT NULL,
    attached_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    version TEXT,
    facts TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE schedules (name TEXT PRIMARY KEY, last_run_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    revision TEXT NOT NULL,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    link TEXT NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX changes_by_time ON changes (received_at);

  -- properties: a JSON object with string values
  ALTER TABLE requests ADD COLUMN properties TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE requests ADD COLUMN change_id INTEGER;
  ALTER TABLE builds ADD COLUMN properties TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE builds ADD COLUMN change_id INTEGER;
  CREATE INDEX builds_of_change ON builds (change_id);
  CREATE INDEX builds_of_request ON builds (request_id);
  CREATE INDEX builds_of_rebuilds ON builds (builder, rebuild_of) WHERE rebuild_of IS NOT NULL;

  -- the last known revision of each branch
  CREATE TABLE heads (
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (repository, branch)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE hook_deliveries (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- changes that wait for their branch to be stable
  CREATE TABLE unstable_branches (
    scheduler TEXT NOT NULL,
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    change_id INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (scheduler, repository, branch)
  ) STRICT, WITHOUT ROWID;

  -- messages of reporters that are not delivered yet; content: a JSON object without secrets
  CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reporter TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  `,
];

/**
 * Migrates the tables of an older version. Throws ERR_STORE_NEWER or ERR_STORE_DAMAGED, before writing anything, for a
 * file of a newer Buildhand or of another program.
 */
export function prepareSchema(database: Database, path: string): void {
  const current = number(database, "user_version");
  const owner = number(database, "application_id");
  if (owner !== APPLICATION_ID) throw masterErrors.storeDamaged(path, "it has the tables of another program");
  if (current > versions.length) throw masterErrors.storeNewer(path, current, versions.length);
  if (current < versions.length) migrate(database, current);
}

/** For a new file. */
export function createTables(database: Database): void {
  // Only takes effect before the first table exists.
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  migrate(database, 0);
}

function migrate(database: Database, from: number): void {
  database.exec(
    `BEGIN IMMEDIATE; ${versions.slice(from).join("\n")}
     PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${versions.length}; COMMIT`,
  );
}

function number(database: Database, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
}
