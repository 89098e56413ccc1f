// The typed settings of a buildbot.tac, with the defaults and errors of the real worker.
import { resolve } from "node:path";
import { codecOf } from "../base/encoding/python-codec-names.ts";
import { LARGEST_PORT } from "../base/ports.ts";
import { configErrors } from "./errors.ts";
import type { Surroundings } from "./python/index.ts";
import { SettingReader } from "./setting-values.ts";
import type { RecordedCall, TacCalls } from "./tac-calls.ts";

/** The names of wire protocols in a buildbot.tac. */
const PROTOCOLS = ["pb", "msgpack_experimental_v7"] as const;

type Protocol = (typeof PROTOCOLS)[number];

/** The settings of one worker, from its Worker(...) call. */
export interface TacSettings {
  /** Absolute. */
  readonly basedir: string;
  /** Null, with `port`, when there is a connection string. */
  readonly buildmasterHost: string | null;
  readonly port: number | null;
  /** Client endpoint string, not yet parsed. */
  readonly connectionString: string | null;
  readonly proxyConnectionString: string | null;
  readonly workerName: string;
  readonly password: string;
  /** The environment variables from which the file computed it. */
  readonly passwordVariables: readonly string[];
  /** 0: no keepalives. */
  readonly keepaliveSeconds: number;
  /** Null: the umask is not changed. */
  readonly umask: number | null;
  readonly maxDelaySeconds: number;
  /** Null: the worker detects it. */
  readonly numcpus: number | null;
  readonly allowShutdown: "signal" | "file" | null;
  /** Null: no limit. */
  readonly maxRetries: number | null;
  readonly useTls: boolean;
  /** Unchanged from the file, because it is sent to the master. Used as a truth value. */
  readonly deleteLeftoverDirs: boolean | number | string | null;
  readonly protocol: Protocol;
  /** Python's name of a supported encoding; null: the default. */
  readonly unicodeEncoding: string | null;
  /** Path of the URL of a msgpack master; null: the default. */
  readonly path: string | null;
}

/** The log of all workers of the file. */
export interface TacLog {
  /** Whether the file sets a log observer; without one (`--no-logrotate`) twistd's own log is used. */
  readonly hasObserver: boolean;
  /** Absolute path of the observer's file; null for a standard stream or without an observer. */
  readonly logPath: string | null;
  /** Without a file: whether the observer writes to standard error instead of standard output. */
  readonly toStandardError: boolean;
  /** Whether the log is rotated each day (DailyLogFile), independent of its length. */
  readonly rotatesDaily: boolean;
  /** Null: the log is never rotated. */
  readonly rotateLengthBytes: number | null;
  /** Null: all rotated logs are kept. */
  readonly maxRotatedFiles: number | null;
}

/** The line in which each setting was last computed, by the setting's name. A setting that is not in the file has none. */
export interface TacLines {
  /** One for each worker, in their order. */
  readonly workers: readonly ReadonlyMap<keyof TacSettings, number>[];
  readonly log: ReadonlyMap<keyof TacLog, number>;
}

/** The arguments of `Worker(...)` for the settings. */
export const WORKER_ARGUMENTS = {
  basedir: "basedir",
  buildmasterHost: "buildmaster_host",
  port: "port",
  connectionString: "connection_string",
  proxyConnectionString: "proxy_connection_string",
  workerName: "name",
  password: "passwd",
  keepaliveSeconds: "keepalive",
  umask: "umask",
  maxDelaySeconds: "maxdelay",
  numcpus: "numcpus",
  allowShutdown: "allow_shutdown",
  maxRetries: "maxRetries",
  useTls: "useTls",
  deleteLeftoverDirs: "delete_leftover_dirs",
  protocol: "protocol",
  unicodeEncoding: "unicode_encoding",
  path: "path",
} as const;

const LOG_ARGUMENTS = { rotateLengthBytes: "rotateLength", maxRotatedFiles: "maxRotatedFiles" } as const;

/** Longest delay of a retry by default, the same as in create-worker. */
const DEFAULT_MAX_DELAY_SECONDS = 300;

/** Default of Twisted's LogFile. */
const DEFAULT_ROTATE_LENGTH_BYTES = 1_000_000;

const LARGEST_UMASK = 0o777;

/** The lines of the settings and the log. */
export function tacLines({ workers, observer }: TacCalls): TacLines {
  return {
    workers: workers.map((call) => new SettingReader(call).lines(WORKER_ARGUMENTS)),
    log: logLines(observer),
  };
}

function logLines(observer: TacCalls["observer"]): TacLines["log"] {
  if (observer === undefined || typeof observer === "string") return new Map();
  const logPath = observer.arguments.has("filename") ? "filename" : "name";
  return new SettingReader(observer).lines({ ...LOG_ARGUMENTS, logPath });
}

/** Validates the recorded calls. Relative paths are resolved against `directory`. Throws usage errors. */
export function tacSettings(
  { workers }: TacCalls,
  surroundings: Surroundings,
): readonly [TacSettings, ...TacSettings[]] {
  const [first, ...others] = workers.map((call) => {
    const reader = new SettingReader(call);
    return { ...workerSettings(reader, surroundings), ...connectionSettings(reader) };
  });
  if (first === undefined) {
    throw configErrors.tacSetting(
      "buildbot.tac creates no Worker(...); expected one call with the settings of this worker",
    );
  }
  return [first, ...others];
}

function workerSettings(reader: SettingReader, { directory, environment }: Surroundings) {
  const allowShutdown = reader.text("allow_shutdown");
  return {
    basedir: resolve(directory, reader.requiredText("basedir")),
    workerName: reader.requiredText("name"),
    password: reader.requiredText("passwd"),
    passwordVariables: passwordVariables(reader, environment),
    keepaliveSeconds: Math.max(reader.number("keepalive") ?? 0, 0),
    umask: reader.integer("umask", 0, LARGEST_UMASK),
    numcpus: positive(reader.integer("numcpus", 0)),
    // Any other string means None, as in the real worker.
    allowShutdown: allowShutdown === "signal" || allowShutdown === "file" ? allowShutdown : null,
    deleteLeftoverDirs: reader.givenFlag("delete_leftover_dirs"),
    unicodeEncoding: encodingName(reader),
  } as const;
}

/** A proxy's password is part of its endpoint string. */
function passwordVariables(reader: SettingReader, environment: Surroundings["environment"]): readonly string[] {
  const proxy = reader.text("proxy_connection_string") ?? "";
  const holdsPassword = (name: string) =>
    proxy.includes(`:password=${environment[name]}`) || environment[name]?.includes(":password=") === true;
  return [...reader.variables("passwd"), ...reader.variables("proxy_connection_string").filter(holdsPassword)];
}

function encodingName(reader: SettingReader): string | null {
  const name = reader.text("unicode_encoding") || null;
  if (name !== null && codecOf(name) === undefined) {
    // It may be a password in the wrong place.
    const shown = name === reader.text("passwd") ? "" : `: ${name}`;
    reader.refuse(
      `unknown encoding${shown}; expected one of Python's that this worker supports, such as utf-8 or latin-1`,
    );
  }
  return name;
}

function connectionSettings(reader: SettingReader) {
  const buildmasterHost = reader.text("buildmaster_host");
  const port = reader.integer("port", 1, LARGEST_PORT);
  const connectionString = reader.text("connection_string");
  const proxyConnectionString = reader.text("proxy_connection_string") || null;
  if (connectionString !== null && (buildmasterHost !== null || port !== null)) {
    throw configErrors
      .tacSetting("If you want to supply a connection string, then set host and port to None")
      .withTrouble("options-contradict");
  }
  if (connectionString !== null && proxyConnectionString !== null) {
    throw configErrors
      .tacSetting(
        "If you want to use HTTP tunneling, then supply build master host and port rather than a connection string",
      )
      .withTrouble("options-contradict");
  }
  if (connectionString === null && (buildmasterHost === null || port === null)) {
    reader.refuse("buildmaster_host and port are required without a connection_string");
  }
  return {
    buildmasterHost,
    port,
    connectionString,
    proxyConnectionString,
    protocol: protocolOf(reader),
    useTls: reader.flag("useTls"),
    path: reader.text("path"),
    maxDelaySeconds: Math.max(reader.number("maxdelay") ?? DEFAULT_MAX_DELAY_SECONDS, 0),
    maxRetries: positive(reader.integer("maxRetries", 0)),
  };
}

function protocolOf(reader: SettingReader): Protocol {
  const name = reader.text("protocol") ?? "pb";
  const protocol = PROTOCOLS.find((known) => known === name);
  // It may be a password in the wrong place.
  const shown = name === reader.text("passwd") ? "" : ` ${name}`;
  if (protocol === undefined) {
    throw configErrors.tacSetting(`Unknown protocol${shown}; expected ${PROTOCOLS.join(" or ")}`);
  }
  return protocol;
}

/** Relative paths are resolved against `directory`. Throws usage errors. */
export function tacLog({ observer }: TacCalls, directory: string): TacLog {
  const never = { rotatesDaily: false, rotateLengthBytes: null, maxRotatedFiles: null };
  if (observer === undefined || typeof observer === "string") {
    const toStandardError = observer === "standard error";
    return { hasObserver: observer !== undefined, logPath: null, toStandardError, ...never };
  }
  const reader = new SettingReader(observer);
  const file = { hasObserver: true, logPath: logFilePath(observer, reader, directory), toStandardError: false };
  if (observer.isDaily) return { ...file, ...never, rotatesDaily: true };
  const named = observer.arguments.has("rotateLength");
  return {
    ...file,
    rotatesDaily: false,
    rotateLengthBytes: named ? positive(reader.integer("rotateLength", 0)) : DEFAULT_ROTATE_LENGTH_BYTES,
    maxRotatedFiles: reader.integer("maxRotatedFiles", 0),
  };
}

function logFilePath(observer: RecordedCall, reader: SettingReader, directory: string): string {
  if (observer.arguments.has("filename")) return resolve(directory, reader.requiredText("filename"));
  return resolve(directory, reader.requiredText("directory"), reader.requiredText("name"));
}

function positive(value: number | null): number | null {
  return value === null || value === 0 ? null : value;
}
