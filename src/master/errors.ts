// Errors of the embedded master: listening, storage, configuration, and what it refuses to workers and visitors.
import { define } from "../base/errors.ts";

export const masterErrors = {
  duplicateWorker: define(
    "ERR_DUPLICATE_WORKER",
    "remote",
    // Workers recognise this text.
    () => "rejecting duplicate worker",
    { remoteType: "builtins.RuntimeError" },
  ),
  notAuthenticated: define("ERR_NOT_AUTHENTICATED", "remote", () => "Worker not authenticated."),
  unknownCommandId: define("ERR_UNKNOWN_COMMAND_ID", "remote", () => `'unknown "command_id"'`, {
    remoteType: "builtins.KeyError",
  }),
  noAnswer: define(
    "ERR_NO_ANSWER",
    "connection",
    (what: string, seconds: number) => `the worker has not answered ${what} for ${seconds} seconds`,
  ),
  notTaken: define("ERR_NOT_TAKEN", "remote", (what: string, reason: string) => `the worker ${what}: ${reason}`),
  listen: define("ERR_LISTEN", "usage", (address: string, reason: string) => `cannot listen on ${address}: ${reason}`),
  masterFile: define("ERR_MASTER_FILE", "remote", (path: string, reason: string) => `master: ${path}: ${reason}`, {
    remoteType: "builtins.OSError",
  }),
  uploadTooLarge: define(
    "ERR_UPLOAD_TOO_LARGE",
    "remote",
    (path: string, what: string, limit: number) => `master: ${path}: more than the limit of ${limit} ${what}`,
    { remoteType: "builtins.OSError" },
  ),
  archive: define(
    "ERR_ARCHIVE",
    "remote",
    (path: string, reason: string) => `master: ${path}: the archive cannot be unpacked: ${reason}`,
    { remoteType: "builtins.OSError" },
  ),
  configFile: define("ERR_CONFIG_FILE", "usage", (path: string, reason: string) => `${path} ${reason}`),
  masterConfig: define("ERR_MASTER_CONFIG", "usage", (sentences: string) => sentences),
  webAddress: define(
    "ERR_WEB_ADDRESS",
    "usage",
    (address: string, reason: string) => `the status page cannot listen on ${address}: ${reason}`,
  ),
  sqliteMissing: define(
    "ERR_SQLITE_MISSING",
    "usage",
    (nodeVersion: string, reason: string) =>
      `a master stores its builds in SQLite, which Node.js ${nodeVersion} does not include, and the optional package @photostructure/sqlite cannot be loaded: ${reason}; use Node.js 22.13 or newer, or install the package`,
  ),
  storeUnopened: define(
    "ERR_STORE_UNOPENED",
    "usage",
    (path: string, reason: string) => `cannot open ${path}: ${reason}`,
  ),
  storeLocked: define(
    "ERR_STORE_LOCKED",
    "usage",
    (path: string) =>
      `${path} is in use by another process; only one master can run per directory: stop the other one first`,
  ),
  storeDamaged: define(
    "ERR_STORE_DAMAGED",
    "usage",
    (path: string, reason: string) =>
      `${path} is damaged or not a master's database (${reason}); it was left unchanged: restore a backup, or move the file away to start without history`,
  ),
  storeNewer: define(
    "ERR_STORE_NEWER",
    "usage",
    (path: string, got: number, known: number) =>
      `${path} was written by a newer Buildhand (schema version ${got}; this one supports up to ${known}); it was left unchanged: use that Buildhand`,
  ),
  storeWrite: define(
    "ERR_STORE_WRITE",
    "usage",
    (path: string, reason: string) => `cannot write to ${path}: ${reason}; check that the disk has free space`,
  ),
  notFound: define("ERR_NOT_FOUND", "usage", (what: string) => `there is no ${what}`),
  notPossible: define("ERR_NOT_POSSIBLE", "usage", (what: string, reason: string) => `cannot ${what}: ${reason}`),
} as const;
