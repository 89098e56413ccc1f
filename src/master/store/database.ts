// The interface to SQLite: that of Node.js where it exists (22.13), otherwise the optional package
// @photostructure/sqlite, which has the same interface. Independent of the tables.
import { createRequire } from "node:module";
import { errorText } from "../../base/errors.ts";
import { masterErrors } from "../errors.ts";

export type SqlValue = null | number | bigint | string | Uint8Array;

export type Row = Readonly<Record<string, SqlValue>>;

export interface SqlStatement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
}

/** Synchronous. SQLite's errors are thrown as an Error with SQLite's error code in `errcode`. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string) => Database;
}

/** Throws ERR_SQLITE_MISSING, and what SQLite throws. */
export function openDatabase(path: string): Database {
  const { DatabaseSync } = builtIn() ?? packaged();
  return new DatabaseSync(path);
}

/** SQLite's primary error code; undefined for other errors. */
export function sqliteErrorNumber(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** In releases where the module is experimental, the first load prints a warning; suppress it. */
function builtIn(): SqliteModule | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as SqliteModule | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function packaged(): SqliteModule {
  try {
    return createRequire(import.meta.url)("@photostructure/sqlite") as SqliteModule;
  } catch (error) {
    throw masterErrors.sqliteMissing.from(error, process.version.slice(1), errorText(error).split("\n")[0] ?? "");
  }
}

/** A row whose columns have the names of the value's keys; NULL is undefined. */
export function storedValue<Value>(row: Row): Value {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as Value;
}

/** SQLite ends text at a NUL, and UTF-8 cannot encode lone surrogates: both become the replacement character. */
export function storedText(text: string): string {
  return text.replaceAll("\0", "\u{fffd}").toWellFormed();
}
