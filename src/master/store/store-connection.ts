// The connection to the database file: checks and locks it, caches prepared statements, and translates errors.
// Independent of the tables.
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { errorText, WorkerError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterErrors } from "../errors.ts";
import {
  type Database,
  openDatabase,
  type Row,
  type SqlStatement,
  type SqlValue,
  sqliteErrorNumber,
} from "./database.ts";
import { createTables, prepareSchema } from "./schema.ts";

/** SQLite's error codes. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** A full disk or a power failure can leave such a file. */
const EMPTY = "it is empty, with 0 bytes";

/** Larger files are not checked at each start, since that takes a second or more. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/** The journal (`-wal`) is truncated to this size. */
const JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** Pages of 4 KiB that are freed at a time. */
const STATEMENTS_AT_MOST = 200;
const PAGES_AT_A_TIME = 2000;

export class StoreConnection {
  readonly path: string;
  readonly #database: Database;
  readonly #statements = new Map<string, SqlStatement>();
  #isInTransaction = false;

  /** Creates the file if it does not exist. Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(path: string) {
    this.path = path;
    this.#database = open(path);
  }

  /** Returns the id of the last inserted row. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#try(() => Number(this.#statement(sql).run(...values).lastInsertRowid));
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#try(() => this.#statement(sql).get(...values));
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#try(() => this.#statement(sql).all(...values));
  }

  /** Runs `work` in a transaction, or in the surrounding one if there is one. */
  transaction<Value>(work: () => Value): Value {
    if (this.#isInTransaction) return work();
    this.#try(() => this.#database.exec("BEGIN IMMEDIATE"));
    this.#isInTransaction = true;
    try {
      const value = work();
      this.#try(() => this.#database.exec("COMMIT"));
      return value;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /** Makes a write that changes nothing, to find out whether writes succeed. */
  probe(): void {
    this.transaction(() => {
      this.run("INSERT INTO builders VALUES ('', 0)");
      this.run("DELETE FROM builders WHERE name = ''");
    });
  }

  /** Frees some of the pages that deleted rows left; returns whether there are more. */
  shrink(): boolean {
    if (!this.#hasFreePages()) return false;
    this.#try(() => this.#database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_A_TIME})`));
    return this.#hasFreePages();
  }

  /** Merges the journal into the file, and releases the lock. */
  close(): void {
    try {
      // @photostructure/sqlite keeps the file open and locked until its statements are garbage-collected, so release
      // the lock first, which SQLite only does outside of WAL mode.
      this.#database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM builders");
    } catch {
      // The disk is full or gone; SQLite replays the journal at the next start.
    }
    this.#database.close();
  }

  #hasFreePages(): boolean {
    return this.get("PRAGMA freelist_count")?.["freelist_count"] !== 0;
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has already rolled back, as it does when the disk is full.
    }
  }

  #statement(sql: string): SqlStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    // Queries of visitors have many forms.
    if (this.#statements.size >= STATEMENTS_AT_MOST) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #try<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw ourError(error, this.path) ?? masterErrors.storeWrite.from(error, this.path, errorText(error));
    }
  }
}

function open(path: string): Database {
  let database: Database | undefined;
  try {
    if (!existsSync(path)) create(path);
    if (statSync(path).size === 0) throw masterErrors.storeDamaged(path, EMPTY);
    database = openDatabase(path);
    // EXCLUSIVE takes the lock at the first access and keeps it until the process ends.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; PRAGMA foreign_keys = ON");
    checkPages(database, path);
    prepareSchema(database, path);
    // With NORMAL, a kill loses nothing, and a power failure only the last transactions.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT");
    database.exec(`PRAGMA journal_size_limit = ${JOURNAL_LIMIT_BYTES}`);
    return database;
  } catch (error) {
    closeQuietly(database);
    throw ourError(error, path) ?? masterErrors.storeUnopened.from(error, path, errorText(error));
  }
}

/**
 * A new file gets its name when it is complete, so an empty file of that name is never a fresh one. Logs and reasons
 * may contain secrets, so only the owner can read it; SQLite gives its other files the same permissions.
 */
function create(path: string): void {
  const draft = `${path}.new`;
  try {
    rmSync(draft, { force: true });
    closeSync(openSync(draft, "wx", 0o600));
    const database = openDatabase(draft);
    createTables(database);
    database.close();
    renameSync(draft, path);
  } catch (error) {
    if (sqliteErrorNumber(error) !== undefined || error instanceof WorkerError) throw error;
    throw masterErrors.storeUnopened.from(error, path, systemReason(error));
  }
}

function checkPages(database: Database, path: string): void {
  if (statSync(path).size > CHECKED_BYTES) return;
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  // The first line only names the database.
  if (found !== "ok") throw masterErrors.storeDamaged(path, String(found).split("\n").at(-1) ?? "");
}

function closeQuietly(database: Database | undefined): void {
  try {
    database?.close();
  } catch {
    // The original error is already being thrown.
  }
}

function ourError(error: unknown, path: string): Error | undefined {
  const number = sqliteErrorNumber(error);
  if (number === BUSY) return masterErrors.storeLocked.from(error, path);
  if (number === CORRUPT || number === NOT_A_DATABASE)
    return masterErrors.storeDamaged.from(error, path, errorText(error));
  // Our own errors pass through, and so do bugs: a TypeError is not a disk error.
  return number === undefined && error instanceof Error ? error : undefined;
}
