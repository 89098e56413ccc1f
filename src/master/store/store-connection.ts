// The store's one connection to its file: opened and checked, locked against other processes, with statements that are
// prepared once and errors that are ours. Knows nothing of what is stored.
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

/** SQLite's numbers. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** How a disk that was full, or a power cut, can leave a file. */
const EMPTY = "it is empty, with 0 bytes";

/** Larger files are not read through at each start: a second and more. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/** What the file of changes (`-wal`) is cut down to when it has grown beyond. */
const JOURNAL_BYTES = 64 * 1024 * 1024;

/** Given back to the disk in one go, in pages of 4 KiB. */
const PAGES_AT_A_TIME = 2000;

export class StoreConnection {
  readonly path: string;
  readonly #database: Database;
  readonly #statements = new Map<string, SqlStatement>();
  #isInTransaction = false;

  /** Makes the file when there is none. Throws the ERR_STORE_… errors and ERR_SQLITE_MISSING. */
  constructor(path: string) {
    this.path = path;
    this.#database = open(path);
  }

  /** Gives the id of the row that was inserted last. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#try(() => Number(this.#statement(sql).run(...values).lastInsertRowid));
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#try(() => this.#statement(sql).get(...values));
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#try(() => this.#statement(sql).all(...values));
  }

  /** All of it or nothing; inside another transaction it is a part of that. */
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

  /** Writes what changes nothing, to see whether there is room. */
  probe(): void {
    this.transaction(() => {
      this.run("INSERT INTO builders VALUES ('', 0)");
      this.run("DELETE FROM builders WHERE name = ''");
    });
  }

  /** Gives some of the room that deleted rows left back to the disk; gives whether there is more. */
  shrink(): boolean {
    if (!this.#hasFreePages()) return false;
    this.#try(() => this.#database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_A_TIME})`));
    return this.#hasFreePages();
  }

  /** Leaves one whole file, and the lock. */
  close(): void {
    try {
      // @photostructure/sqlite keeps the file open, and locked, until statements are collected as garbage: so the lock is
      // given back first, which SQLite only does outside of WAL.
      this.#database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM builders");
    } catch {
      // A disk that is full, or gone: what is in the file of changes is read at the next start.
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
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }

  #statement(sql: string): SqlStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
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
    // Exclusive: the lock is taken at the first access and kept, so that the file has one process, and dies with it.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; PRAGMA foreign_keys = ON");
    checkPages(database, path);
    prepareSchema(database, path);
    // What a kill leaves is whole with NORMAL; only a power cut can cost the last moments, and nothing else.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT");
    database.exec(`PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
    return database;
  } catch (error) {
    closeQuietly(database);
    throw ourError(error, path) ?? masterErrors.storeUnopened.from(error, path, errorText(error));
  }
}

/**
 * A new file gets its name when it is whole: an empty one of that name was never ours to begin with. Logs and reasons may
 * hold secrets, so it is its owner's; SQLite gives its other files the same permissions.
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
  // Its first line names the database, which is always the same.
  if (found !== "ok") throw masterErrors.storeDamaged(path, String(found).split("\n").at(-1) ?? "");
}

function closeQuietly(database: Database | undefined): void {
  try {
    database?.close();
  } catch {
    // What made it unusable is thrown already.
  }
}

function ourError(error: unknown, path: string): Error | undefined {
  const number = sqliteErrorNumber(error);
  if (number === BUSY) return masterErrors.storeLocked.from(error, path);
  if (number === CORRUPT || number === NOT_A_DATABASE)
    return masterErrors.storeDamaged.from(error, path, errorText(error));
  // Errors of ours pass, and so do mistakes of ours: a TypeError is no fault of the disk.
  return number === undefined && error instanceof Error ? error : undefined;
}
