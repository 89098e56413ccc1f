// Where the embedded master cannot listen, what it cannot store, and what it refuses workers and people.
import { define } from "../base/errors.ts";

export const masterErrors = {
  duplicateWorker: define(
    "ERR_DUPLICATE_WORKER",
    "remote",
    // The words that workers know.
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
    (address: string, reason: string) => `the status page cannot listen at ${address}: ${reason}`,
  ),
  sqliteMissing: define(
    "ERR_SQLITE_MISSING",
    "usage",
    (nodeVersion: string, reason: string) =>
      `a master keeps its builds in SQLite, which Node.js ${nodeVersion} does not have, and the optional package @photostructure/sqlite cannot be loaded: ${reason}; use Node.js 22.13 or newer, or install the package`,
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
      `${path} is in use by another process; expected one master per directory: stop the other one first`,
  ),
  storeDamaged: define(
    "ERR_STORE_DAMAGED",
    "usage",
    (path: string, reason: string) =>
      `${path} is damaged, or no file of a master's (${reason}); it was left as it is: put a copy of it back, or move it away to begin without a history`,
  ),
  storeNewer: define(
    "ERR_STORE_NEWER",
    "usage",
    (path: string, got: number, known: number) =>
      `${path} was written by a newer Buildhand (form ${got}, this one knows forms up to ${known}); it was left as it is: use that Buildhand`,
  ),
  storeWrite: define(
    "ERR_STORE_WRITE",
    "usage",
    (path: string, reason: string) => `cannot write to ${path}: ${reason}; see that the disk has room`,
  ),
  notFound: define("ERR_NOT_FOUND", "usage", (what: string) => `there is no ${what}`),
  notPossible: define("ERR_NOT_POSSIBLE", "usage", (what: string, reason: string) => `cannot ${what}: ${reason}`),
} as const;
