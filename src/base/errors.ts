// The one table of errors: a stable code, who must act, and a sentence that says what was expected, what was got
// and what to do. Whatever is thrown and is not a WorkerError is a bug of ours.
import { pythonRepr } from "./python-repr.ts";
import type { TroubleCode } from "./troubles/troubles.ts";

/**
 * Who must act on an error: `usage` – the person at the command line; `protocol` – this connection is closed and made
 * anew; `connection` – retried with a growing delay; `remote` – reported to the peer, or by it, as a failure.
 */
export type ErrorFamily = "usage" | "protocol" | "connection" | "remote";

export class WorkerError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  /** The Python exception class that a Buildbot master knows this error by, when it crosses the wire. */
  readonly remoteType: string;
  #trouble: TroubleCode | undefined;

  constructor(
    row: { code: string; family: ErrorFamily; remoteType: string },
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
    this.name = "WorkerError";
    this.code = row.code;
    this.family = row.family;
    this.remoteType = row.remoteType;
  }

  /** What is wrong more exactly than the code tells; undefined where whoever threw it knew no better. */
  get trouble(): TroubleCode | undefined {
    return this.#trouble;
  }

  /** This error, with what is wrong. */
  withTrouble(trouble: TroubleCode | undefined): this {
    this.#trouble = trouble;
    return this;
  }
}

/** One row of the table: call it for an error, ask `is` whether some caught value came from it. */
export interface ErrorDefinition<Details extends unknown[]> {
  (...details: Details): WorkerError;
  readonly code: string;
  readonly family: ErrorFamily;
  readonly is: (error: unknown) => error is WorkerError;
  /** The same error with what led to it. */
  from(cause: unknown, ...details: Details): WorkerError;
}

function define<Details extends unknown[]>(
  code: string,
  family: ErrorFamily,
  sentence: (...details: Details) => string,
  remoteType = "builtins.Exception",
): ErrorDefinition<Details> {
  const row = { code, family, remoteType };
  const make = (...details: Details) => new WorkerError(row, sentence(...details));
  return Object.assign(make, {
    code,
    family,
    is: (error: unknown): error is WorkerError => error instanceof WorkerError && error.code === code,
    from: (cause: unknown, ...details: Details) => new WorkerError(row, sentence(...details), { cause }),
  });
}

export const errors = {
  // command line
  usage: define("ERR_USAGE", "usage", (sentence: string) => sentence),
  basedir: define("ERR_BASEDIR", "usage", (what: string, reason: string) => `${what}: ${reason}`),

  // wire: what a peer may not send, and what we may not
  bananaLimit: define(
    "ERR_BANANA_LIMIT",
    "protocol",
    (what: string, size: number, limit: number) => `${what} of ${size} exceeds the limit of ${limit}`,
  ),
  bananaSyntax: define(
    "ERR_BANANA_SYNTAX",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}; the peer does not speak Perspective Broker`,
  ),
  jellyRefused: define("ERR_JELLY_REFUSED", "remote", (what: string) => what, "twisted.spread.jelly.InsecureJelly"),
  jellyUnsendable: define("ERR_JELLY_UNSENDABLE", "remote", (what: string) => `cannot send ${what}`),
  pbMessage: define(
    "ERR_PB_MESSAGE",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}`,
  ),
  msgpackLimit: define(
    "ERR_MSGPACK_LIMIT",
    "protocol",
    (what: string, size: number, limit: number) => `${what} of ${size} exceeds the limit of ${limit}`,
  ),
  msgpackSyntax: define(
    "ERR_MSGPACK_SYNTAX",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}; the peer does not speak MessagePack`,
  ),
  msgpackUnsendable: define("ERR_MSGPACK_UNSENDABLE", "remote", (what: string) => `cannot send ${what}`),

  // transport
  connectFailed: define(
    "ERR_CONNECT_FAILED",
    "connection",
    (stage: string, sentence: string) => `${stage}: ${sentence}`,
  ),
  proxyFailed: define("ERR_PROXY_FAILED", "connection", (sentence: string) => `proxy: ${sentence}`),
  tlsFailed: define("ERR_TLS_FAILED", "connection", (sentence: string) => `TLS: ${sentence}`),
  endpoint: define("ERR_ENDPOINT", "usage", (where: string, reason: string) => `${where}: ${reason}`),
  tlsFile: define("ERR_TLS_FILE", "usage", (path: string, reason: string) => `${path}: ${reason}`),

  // session: what a peer may not do, and how a conversation can end
  pbVersion: define(
    "ERR_PB_VERSION",
    "protocol",
    (expected: number, got: number) => `expected Perspective Broker version ${expected}, got ${got}`,
  ),
  pbState: define("ERR_PB_STATE", "protocol", (what: string) => what),
  msgpackState: define("ERR_MSGPACK_STATE", "protocol", (what: string) => what),
  noSuchOperation: define("ERR_NO_SUCH_OPERATION", "remote", (op: string) => `Command ${op} does not exist.`),
  missingField: define(
    "ERR_MISSING_FIELD",
    "remote",
    (field: string) => `'message did not contain obligatory ${field}'`,
    "builtins.KeyError",
  ),
  refusedByPeer: define(
    "ERR_REFUSED_BY_PEER",
    "remote",
    (op: string, text: string) => `the peer's ${op} failed: ${text}`,
  ),
  commandIdInUse: define(
    "ERR_COMMAND_ID_IN_USE",
    "remote",
    (id: string) => `command ${id} still runs; expected an id that no running command has`,
    "builtins.ValueError",
  ),
  emptyRead: define(
    "ERR_EMPTY_READ",
    "remote",
    () =>
      "the master answered with nothing when it was asked for the file: Buildbot's masters, up to 4.3 at least, cannot send files over MessagePack; connect this worker with protocol 'pb' for steps that download",
  ),
  webSocketRefused: define(
    "ERR_WEBSOCKET_REFUSED",
    "connection",
    (address: string, reason: string) => `login: what listens at ${address} ${reason}`,
  ),
  sessionLimit: define(
    "ERR_SESSION_LIMIT",
    "protocol",
    (what: string, limit: number) => `the peer has more ${what} than the limit of ${limit}`,
  ),
  noSuchObject: define("ERR_NO_SUCH_OBJECT", "remote", () => "Invalid Object ID", "twisted.spread.pb.Error"),
  noSuchMethod: define(
    "ERR_NO_SUCH_METHOD",
    "remote",
    (method: string) => `No such method: remote_${method}`,
    "twisted.spread.flavors.NoSuchMethod",
  ),
  badArguments: define(
    "ERR_BAD_ARGUMENTS",
    "remote",
    (method: string, expected: string, got: string) => `${method}: expected ${expected}, got ${got}`,
    "builtins.TypeError",
  ),
  unauthorizedLogin: define("ERR_UNAUTHORIZED_LOGIN", "remote", () => "", "twisted.cred.error.UnauthorizedLogin"),
  connectionLost: define("ERR_CONNECTION_LOST", "connection", (cause: string) => `connection lost: ${cause}`),
  deadReference: define(
    "ERR_DEAD_REFERENCE",
    "connection",
    (method: string) => `cannot call ${method}: the object's handle was given back or its connection is gone`,
  ),
  remoteFailure: define(
    "ERR_REMOTE_FAILURE",
    "remote",
    (method: string, type: string, text: string) =>
      `the peer's ${method} failed: ${type}${text === "" ? "" : `: ${text}`}`,
    "twisted.spread.pb.RemoteError",
  ),
  notAMaster: define(
    "ERR_NOT_A_MASTER",
    "connection",
    (address: string, seen: string) =>
      `login: what listens at ${address} is no Buildbot master for workers (Perspective Broker): ${seen}; check host and port`,
  ),
  internal: define(
    "ERR_INTERNAL",
    "protocol",
    (name: string) => `internal error of the worker (${name}); the log holds its stack, please report it`,
  ),
  loginRefused: define(
    "ERR_LOGIN_REFUSED",
    "connection",
    (name: string) =>
      `login: unauthorized login; check worker name and password: the master does not know worker '${name}', or the password is wrong`,
  ),
  loginFailed: define("ERR_LOGIN_FAILED", "connection", (cause: string) => `login: the master refused it: ${cause}`),
  loginDuplicate: define(
    "ERR_LOGIN_DUPLICATE",
    "connection",
    (name: string, cause: string) =>
      `login: the master refused it: ${cause}: another worker is connected as '${name}', or the master has not noticed yet that this one's last connection is gone`,
  ),
  notAttached: define("ERR_NOT_ATTACHED", "connection", (address: string, seconds: number, problem: string) =>
    problem === ""
      ? `attach: the master at ${address} took the login, but has not named its builders for ${seconds} seconds; it may hold an older connection of this worker`
      : `attach: the builders that the master at ${address} named could not be taken for ${seconds} seconds: ${problem}`,
  ),
  duplicateWorker: define(
    "ERR_DUPLICATE_WORKER",
    "remote",
    // The words that workers know.
    () => "rejecting duplicate worker",
    "builtins.RuntimeError",
  ),
  notAuthenticated: define("ERR_NOT_AUTHENTICATED", "remote", () => "Worker not authenticated."),
  unknownCommandId: define("ERR_UNKNOWN_COMMAND_ID", "remote", () => `'unknown "command_id"'`, "builtins.KeyError"),
  noAnswer: define(
    "ERR_NO_ANSWER",
    "connection",
    (what: string, seconds: number) => `the worker has not answered ${what} for ${seconds} seconds`,
  ),
  notTaken: define("ERR_NOT_TAKEN", "remote", (what: string, reason: string) => `the worker ${what}: ${reason}`),

  // master: where it listens, and the files that workers fetch and make
  listen: define("ERR_LISTEN", "usage", (address: string, reason: string) => `cannot listen on ${address}: ${reason}`),
  masterFile: define(
    "ERR_MASTER_FILE",
    "remote",
    (path: string, reason: string) => `master: ${path}: ${reason}`,
    "builtins.OSError",
  ),
  uploadTooLarge: define(
    "ERR_UPLOAD_TOO_LARGE",
    "remote",
    (path: string, what: string, limit: number) => `master: ${path}: more than the limit of ${limit} ${what}`,
    "builtins.OSError",
  ),
  archive: define(
    "ERR_ARCHIVE",
    "remote",
    (path: string, reason: string) => `master: ${path}: the archive cannot be unpacked: ${reason}`,
    "builtins.OSError",
  ),

  // output: what a command may not ask for
  tooManyLogs: define(
    "ERR_TOO_MANY_LOGS",
    "remote",
    (limit: number) => `the command follows more than ${limit} log files; name fewer in logfiles`,
  ),

  logfilesType: define(
    "ERR_LOGFILES_TYPE",
    "remote",
    (pythonType: string) => `'${pythonType}' object has no attribute 'items'`,
    "builtins.AttributeError",
  ),
  logFileName: define(
    "ERR_LOG_FILE_NAME",
    "remote",
    (pythonType: string) => `join() argument must be str, bytes, or os.PathLike object, not '${pythonType}'`,
    "builtins.TypeError",
  ),

  // process: what cannot be run
  envValue: define(
    "ERR_ENV_VALUE",
    "remote",
    (name: string) => `'env' values must be strings or lists; key '${name}' is incorrect`,
    "builtins.RuntimeError",
  ),
  envTooLarge: define(
    "ERR_ENV_TOO_LARGE",
    "remote",
    (limit: number) => `the variables in 'env' stand for more than ${limit} characters`,
    "builtins.RuntimeError",
  ),
  notInEncoding: define(
    "ERR_NOT_IN_ENCODING",
    "remote",
    (what: string, encoding: string, origin: string) =>
      `${what} has characters that are not in ${encoding}, ${origin}; use others, or another encoding`,
    "builtins.UnicodeEncodeError",
  ),
  programNotStarted: define(
    "ERR_PROGRAM_NOT_STARTED",
    "remote",
    (program: string, reason: string) => `cannot run ${program}: ${reason}`,
  ),

  fileSystemSilent: define(
    "ERR_FILE_SYSTEM_SILENT",
    "remote",
    (what: string, seconds: number) =>
      `the file system of ${what} has not answered for ${seconds} seconds; expected it to say what is there; look at the server or the disk that it comes from`,
    "builtins.OSError",
  ),

  // config, daemon: what a person wrote, or where, that a worker cannot start from
  tacUnreachable: define(
    "ERR_TAC_UNREACHABLE",
    "usage",
    (path: string, reason: string) => `error reading '${path}': ${reason}`,
  ),
  tacContent: define("ERR_TAC_CONTENT", "usage", (path: string) => `unexpected content in '${path}'`),
  tacSyntax: define(
    "ERR_TAC_SYNTAX",
    "usage",
    (path: string, line: number, reason: string) => `${path}, line ${line}: ${reason}`,
  ),
  tacSetting: define("ERR_TAC_SETTING", "usage", (sentence: string) => sentence),
  logUnopened: define(
    "ERR_LOG_UNOPENED",
    "usage",
    (path: string, errno: number, reason: string) => `[Errno ${errno}] ${reason}: '${path}'`,
  ),

  alreadyRunning: define(
    "ERR_ALREADY_RUNNING",
    "usage",
    (pid: number, path: string) =>
      `Another twistd server is running, PID ${pid}: ${path} names it; stop it first, or use restart`,
  ),
  notStopped: define(
    "ERR_NOT_STOPPED",
    "usage",
    (pid: number, reason: string) => `cannot stop process ${pid}: ${reason}`,
  ),
  noGracefulStop: define(
    "ERR_NO_GRACEFUL_STOP",
    "usage",
    (pid: number) =>
      `process ${pid} takes no order to end after the running build, as no worker but Buildhand's does; it was left alone`,
  ),
  pidFile: define("ERR_PID_FILE", "usage", (path: string, reason: string) => `${path} ${reason}`),

  // master: what a person wrote that a master or a try cannot start from
  configFile: define("ERR_CONFIG_FILE", "usage", (path: string, reason: string) => `${path} ${reason}`),
  masterConfig: define("ERR_MASTER_CONFIG", "usage", (sentences: string) => sentences),
  demo: define("ERR_DEMO", "usage", (reason: string) => `the demo cannot go on: ${reason}`),
  masterRunning: define(
    "ERR_MASTER_RUNNING",
    "usage",
    (pid: number, path: string) => `a master runs here already, process ${pid}: ${path} names it; stop it first`,
  ),
  webAddress: define(
    "ERR_WEB_ADDRESS",
    "usage",
    (address: string, reason: string) => `the status page cannot listen at ${address}: ${reason}`,
  ),

  // commands: what a master may get as an answer to startCommand, or as the failure of a command
  unknownCommand: define(
    "ERR_UNKNOWN_COMMAND",
    "remote",
    (id: string, name: string) => `(command ${id}): unrecognized WorkerCommand '${name}'`,
    "buildbot_worker.base.UnknownCommand",
  ),
  tooManyCommands: define(
    "ERR_TOO_MANY_COMMANDS",
    "remote",
    (limit: number) => `${limit} commands run already; start fewer at a time`,
    "builtins.RuntimeError",
  ),
  builderGone: define(
    "ERR_BUILDER_GONE",
    "remote",
    (name: string) => `builder '${name}' is not in the list of builders that this master sent last`,
  ),
  directoryInUse: define(
    "ERR_DIRECTORY_IN_USE",
    "remote",
    (name: string, who: string, limit: string) =>
      `builder '${name}' runs nothing for up to ${limit} beside what could not be ended in its directory: ${who}; end it on the worker's host`,
    "builtins.RuntimeError",
  ),
  builderDirectory: define(
    "ERR_BUILDER_DIRECTORY",
    "remote",
    (name: string, reason: string) => `cannot make the directory of builder '${name}': ${reason}`,
    "builtins.OSError",
  ),
  missingArguments: define(
    "ERR_MISSING_ARGUMENTS",
    "remote",
    (className: string, names: string) => `${className} is missing args: ${names}`,
    "builtins.ValueError",
  ),
  missingKey: define("ERR_MISSING_KEY", "remote", (name: string) => `'${name}'`, "builtins.KeyError"),
  badPty: define(
    "ERR_BAD_PTY",
    "remote",
    (value: string) => `Unexpected usePTY argument value: ${value}. Expected boolean.`,
    "builtins.AssertionError",
  ),
  notStarted: define(
    "ERR_NOT_STARTED",
    "remote",
    (reason: string) => `(-1, ${pythonRepr(`Got exception (${reason})`)})`,
    "buildbot_worker.exceptions.AbandonChain",
  ),
  processSurvived: define(
    "ERR_PROCESS_SURVIVED",
    "remote",
    (signal: string) => `${signal} failed to kill process`,
    "builtins.RuntimeError",
  ),
  noDirectories: define(
    "ERR_NO_DIRECTORIES",
    "remote",
    () => "expected at least one directory, got an empty list",
    "builtins.AssertionError",
  ),
  nullInPath: define(
    "ERR_NULL_IN_PATH",
    "remote",
    (command: string) => `${command}: embedded null character in path`,
    "builtins.ValueError",
  ),
  tooManyFiles: define(
    "ERR_TOO_MANY_FILES",
    "remote",
    (what: string, limit: number) => `more ${what} than the limit of ${limit}; narrow the pattern or the directory`,
    "builtins.RuntimeError",
  ),
  fileShrank: define(
    "ERR_FILE_SHRANK",
    "remote",
    (path: string) => `'${path}' became shorter while it was read`,
    "builtins.OSError",
  ),
  compression: define(
    "ERR_COMPRESSION",
    "remote",
    (program: string, reason: string) => `cannot compress with ${program}: ${reason}`,
    "builtins.OSError",
  ),
  // master: its store, what people ask of it, and workers that it does not take
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

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
