// Errors of attaching to a master, and of its requests to this worker.
import { define } from "../base/errors.ts";

export const workerErrors = {
  commandIdInUse: define(
    "ERR_COMMAND_ID_IN_USE",
    "remote",
    (id: string) => `command ${id} is still running; expected an id that no running command has`,
    { remoteType: "builtins.ValueError" },
  ),
  webSocketRefused: define(
    "ERR_WEBSOCKET_REFUSED",
    "connection",
    (address: string, reason: string) => `login: the server at ${address} ${reason}`,
    { trouble: "websocket-refused" },
  ),
  notAMaster: define(
    "ERR_NOT_A_MASTER",
    "connection",
    (address: string, seen: string) =>
      `login: the server at ${address} is not a Buildbot master for workers (Perspective Broker): ${seen}; check host and port`,
    { trouble: "not-a-master" },
  ),
  internal: define(
    "ERR_INTERNAL",
    "protocol",
    (name: string) => `internal error of the worker (${name}); please report it with the stack trace in the log`,
  ),
  notAttached: define(
    "ERR_NOT_ATTACHED",
    "connection",
    (address: string, seconds: number, problem: string) =>
      problem === ""
        ? `attach: the master at ${address} accepted the login, but has not sent its builders for ${seconds} seconds; it may still hold an older connection of this worker`
        : `attach: the builders of the master at ${address} could not be set up for ${seconds} seconds: ${problem}`,
    { trouble: "not-attached" },
  ),
  unknownCommand: define(
    "ERR_UNKNOWN_COMMAND",
    "remote",
    (id: string, name: string) => `(command ${id}): unrecognized WorkerCommand '${name}'`,
    { remoteType: "buildbot_worker.base.UnknownCommand" },
  ),
  tooManyCommands: define(
    "ERR_TOO_MANY_COMMANDS",
    "remote",
    (limit: number) => `${limit} commands are already running; start fewer at a time`,
    { remoteType: "builtins.RuntimeError" },
  ),
  noRoom: define(
    "ERR_NO_ROOM",
    "remote",
    (seconds: number, lack: string) =>
      `${lack}, and has not had more for ${seconds} seconds; the owner of this host lets no command start before there is`,
    { remoteType: "builtins.OSError" },
  ),
  directoryInUse: define(
    "ERR_DIRECTORY_IN_USE",
    "remote",
    (name: string, who: string, limit: string) =>
      `builder '${name}' starts no commands for up to ${limit} because its directory is still in use by what could not be killed: ${who}; end it on the worker's host`,
    { remoteType: "builtins.RuntimeError" },
  ),
  builderDirectory: define(
    "ERR_BUILDER_DIRECTORY",
    "remote",
    (name: string, reason: string) => `cannot create the directory of builder '${name}': ${reason}`,
    { remoteType: "builtins.OSError" },
  ),
} as const;
