// Errors that a master may get in answer to startCommand, or as the failure of a command.
import { define } from "../base/errors.ts";
import { pythonRepr } from "../base/python-repr.ts";

export const commandsErrors = {
  emptyRead: define(
    "ERR_EMPTY_READ",
    "remote",
    () =>
      "the master returned no data for the file: Buildbot's masters, up to at least 4.3, cannot send files over MessagePack; connect this worker with protocol 'pb' for steps that download",
  ),
  logfilesType: define(
    "ERR_LOGFILES_TYPE",
    "remote",
    (pythonType: string) => `'${pythonType}' object has no attribute 'items'`,
    { remoteType: "builtins.AttributeError" },
  ),
  logFileName: define(
    "ERR_LOG_FILE_NAME",
    "remote",
    (pythonType: string) => `join() argument must be str, bytes, or os.PathLike object, not '${pythonType}'`,
    { remoteType: "builtins.TypeError" },
  ),
  notInEncoding: define(
    "ERR_NOT_IN_ENCODING",
    "remote",
    (what: string, encoding: string, origin: string) =>
      `${what} has characters that are not in ${encoding}, ${origin}; use others, or another encoding`,
    { remoteType: "builtins.UnicodeEncodeError" },
  ),
  fileSystemSilent: define(
    "ERR_FILE_SYSTEM_SILENT",
    "remote",
    (what: string, seconds: number) =>
      `the file system of ${what} has not responded for ${seconds} seconds; check its server or disk`,
    { remoteType: "builtins.OSError" },
  ),
  confined: define(
    "ERR_CONFINED",
    "remote",
    () =>
      "Permission denied, because the owner of this host keeps file commands below the base directory of the worker (--confine), and off its own files",
    { remoteType: "builtins.PermissionError" },
  ),
  missingArguments: define(
    "ERR_MISSING_ARGUMENTS",
    "remote",
    (className: string, names: string) => `${className} is missing args: ${names}`,
    { remoteType: "builtins.ValueError" },
  ),
  missingKey: define("ERR_MISSING_KEY", "remote", (name: string) => `'${name}'`, { remoteType: "builtins.KeyError" }),
  badPty: define(
    "ERR_BAD_PTY",
    "remote",
    (value: string) => `Unexpected usePTY argument value: ${value}. Expected boolean.`,
    { remoteType: "builtins.AssertionError" },
  ),
  notStarted: define(
    "ERR_NOT_STARTED",
    "remote",
    (reason: string) => `(-1, ${pythonRepr(`Got exception (${reason})`)})`,
    { remoteType: "buildbot_worker.exceptions.AbandonChain" },
  ),
  processSurvived: define("ERR_PROCESS_SURVIVED", "remote", (signal: string) => `${signal} failed to kill process`, {
    remoteType: "builtins.RuntimeError",
  }),
  noDirectories: define("ERR_NO_DIRECTORIES", "remote", () => "expected at least one directory, got an empty list", {
    remoteType: "builtins.AssertionError",
  }),
  nullInPath: define("ERR_NULL_IN_PATH", "remote", (command: string) => `${command}: embedded null character in path`, {
    remoteType: "builtins.ValueError",
  }),
  tooManyFiles: define(
    "ERR_TOO_MANY_FILES",
    "remote",
    (what: string, limit: number) => `more ${what} than the limit of ${limit}; narrow the pattern or the directory`,
    { remoteType: "builtins.RuntimeError" },
  ),
  fileShrank: define("ERR_FILE_SHRANK", "remote", (path: string) => `'${path}' became shorter while it was read`, {
    remoteType: "builtins.OSError",
  }),
  compression: define(
    "ERR_COMPRESSION",
    "remote",
    (program: string, reason: string) => `cannot compress with ${program}: ${reason}`,
    { remoteType: "builtins.OSError" },
  ),
} as const;
