// How a worker fails to attach, and what it refuses a master.
import { define } from "../base/errors.ts";

export const workerErrors = {
  commandIdInUse: define(
    "ERR_COMMAND_ID_IN_USE",
    "remote",
    (id: string) => `command ${id} still runs; expected an id that no running command has`,
    { remoteType: "builtins.ValueError" },
  ),
  webSocketRefused: define(
    "ERR_WEBSOCKET_REFUSED",
    "connection",
    (address: string, reason: string) => `login: what listens at ${address} ${reason}`,
    { trouble: "websocket-refused" },
  ),
  notAMaster: define(
    "ERR_NOT_A_MASTER",
    "connection",
    (address: string, seen: string) =>
      `login: what listens at ${address} is no Buildbot master for workers (Perspective Broker): ${seen}; check host and port`,
    { trouble: "not-a-master" },
  ),
  internal: define(
    "ERR_INTERNAL",
    "protocol",
    (name: string) => `internal error of the worker (${name}); the log holds its stack, please report it`,
  ),
  notAttached: define(
    "ERR_NOT_ATTACHED",
    "connection",
    (address: string, seconds: number, problem: string) =>
      problem === ""
        ? `attach: the master at ${address} took the login, but has not named its builders for ${seconds} seconds; it may hold an older connection of this worker`
        : `attach: the builders that the master at ${address} named could not be taken for ${seconds} seconds: ${problem}`,
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
    (limit: number) => `${limit} commands run already; start fewer at a time`,
    { remoteType: "builtins.RuntimeError" },
  ),
  directoryInUse: define(
    "ERR_DIRECTORY_IN_USE",
    "remote",
    (name: string, who: string, limit: string) =>
      `builder '${name}' runs nothing for up to ${limit} beside what could not be ended in its directory: ${who}; end it on the worker's host`,
    { remoteType: "builtins.RuntimeError" },
  ),
  builderDirectory: define(
    "ERR_BUILDER_DIRECTORY",
    "remote",
    (name: string, reason: string) => `cannot make the directory of builder '${name}': ${reason}`,
    { remoteType: "builtins.OSError" },
  ),
} as const;
