// The options that Buildhand has and buildbot-worker does not, each declared once: for the command line of start, the
// environment, buildbot.tac, --help and docs/reference/options.md.
//
// A row named `line_limit` is the option --line-limit, the variable BUILDHAND_LINE_LIMIT and the name `line_limit` in a
// buildbot.tac, which buildbot-worker ignores. The first of them that is set wins.
import { LONGEST_TIMER_SECONDS } from "../base/clock.ts";
import { baseErrors } from "../base/errors.ts";
import { LARGEST_PORT } from "../base/ports.ts";

/** Masters up to 4.0 store 65 536 bytes of a line, with a letter for the stream and the newline, and drop the rest. */
const HIGHEST_LINE_LIMIT_BYTES = 65_000;

/** Below the minimum a command would wait for an answer after each batch; the maximum is well below the limit of a connection. */
const BACKLOG_LIMITS_BYTES = { least: 64 * 1024, most: 32 * 1024 * 1024 } as const;

const LARGEST_DISK_BYTES = 2 ** 50;

/** A port of this host's loopback address. */
const LOOPBACK_PORT = /^(?:(?:127\.0\.0\.1|localhost|\[::1\]):)?([1-9]\d{0,4})$/;
/** The system's limit; Node.js would truncate longer paths. */
export const LONGEST_SOCKET_PATH_BYTES = 107;

export interface SettingValueRow<Value> {
  /** Name of the argument in the help; without one, the command line option is a flag. */
  readonly argument?: string;
  readonly help: string;
  readonly default: Value;
  /** Undefined for an invalid value. Its result type is the type of the option. */
  readonly read: (text: string) => Value | undefined;
  /** What `read` accepts, for error messages. */
  readonly expected: string;
}

export const ownOptionRows = {
  leftovers: {
    ...choice(["keep", "kill"]),
    help: "what to do with processes that a command leaves running when it exits",
    default: "keep",
  },
  linger_limit: {
    ...secondsRow(),
    help: "how long to wait for leftover processes that hold the output of a command open after it has exited; 0: no limit",
    default: 0,
  },
  cgroups: {
    ...choice(["auto", "on", "off"]),
    help: "run each command in its own control group (cgroup v2), which its processes cannot leave; auto: not as root",
    default: "auto",
  },
  env_hide: {
    ...namePatterns(),
    help: "variables of the worker's environment that neither the master nor a command gets, such as '*_TOKEN AWS_*'",
  },
  env_keep: {
    ...namePatterns(),
    help: "variables that they get in spite of env_hide",
  },
  confine: {
    read: yesOrNo().read,
    expected: yesOrNo().expected,
    help: "keep file commands and builders below the base directory, whatever the master asks; not what shell commands do",
    default: false,
  },
  max_commands: {
    ...wholeNumberRow("NUMBER", 0, 10_000),
    help: "commands that run at a time, of all workers of the process together; further ones wait in order; 0: no limit",
    default: 0,
  },
  disk_warn: {
    ...wholeNumberRow("BYTES", 0, LARGEST_DISK_BYTES),
    help: "warn in the log and in status when the base directory's file system has less free; 0: never",
    default: 0,
  },
  disk_limit: {
    ...wholeNumberRow("BYTES", 0, LARGEST_DISK_BYTES),
    help: "with less free space, new commands wait for up to a minute, and are then refused; 0: no limit",
    default: 0,
  },
  inode_warn: {
    ...wholeNumberRow("INODES", 0, LARGEST_DISK_BYTES),
    help: "disk_warn for free inodes",
    default: 0,
  },
  inode_limit: {
    ...wholeNumberRow("INODES", 0, LARGEST_DISK_BYTES),
    help: "disk_limit for free inodes",
    default: 0,
  },
  receipt_after: {
    ...secondsRow(),
    help: "report what a command cost in its log if it ran at least this long, and in status; counters need cgroups; 0: never",
    default: 0,
  },
  line_limit: {
    ...wholeNumberRow("BYTES", 1024, HIGHEST_LINE_LIMIT_BYTES),
    help: "longest line of output that is sent unsplit; buildbot-worker has 4096 and loses text of longer lines",
    default: 60_000,
  },
  backlog_limit: {
    ...wholeNumberRow("BYTES", BACKLOG_LIMITS_BYTES.least, BACKLOG_LIMITS_BYTES.most),
    help: "maximum output not yet acknowledged by the master; above it, commands are paused",
    default: 4 * 1024 * 1024,
  },
  keepalive_deadline: {
    ...secondsRow(1),
    help: "how long to wait for the answer to a keepalive before closing the connection",
    default: 120,
  },
  on_sigterm: {
    ...choice(["now", "drain"]),
    help: "on SIGTERM, exit at once (now), or accept no more builds and exit after the running ones (drain)",
    default: "now",
  },
  drain_limit: {
    ...secondsRow(),
    help: "how long on_sigterm=drain waits for running builds; 0: no limit",
    default: 3600,
  },
  drain_quiet: {
    ...secondsRow(),
    help: "how long to be idle before a graceful exit, if the master cannot report that its builds are complete",
    default: 10,
  },
  tls_verify: {
    ...yesOrNo(),
    help: "verify the master's certificate and host name even with an ssl: endpoint string",
    default: false,
  },
  tls_ca_file: {
    ...path(),
    help: "PEM file of CA certificates to trust instead of the system's",
    default: "",
  },
  tls_pin: {
    argument: "SHA256",
    read: (text) => (/^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$|^$/i.test(text) ? text : undefined),
    expected: "64 hexadecimal digits, with or without colons",
    help: "SHA-256 fingerprint that the master's certificate must have",
    default: "",
  },
  relay: {
    argument: "ADDRESS",
    read: (text) => (text.includes("\0") ? undefined : text),
    expected: "HOST:PORT or unix:PATH",
    help: "connect through the relay at HOST:PORT or unix:PATH, so that builds survive a lost connection",
    default: "",
  },
  relay_key: {
    ...path(),
    help: "file with the relay's key and the fingerprint of its certificate: a copy of its worker.key",
    default: "",
  },
  relay_backlog: {
    ...wholeNumberRow("BYTES", 0, BACKLOG_LIMITS_BYTES.most),
    help: "output that is kept beyond --backlog-limit while the line to the relay is down; above it, commands are paused",
    default: BACKLOG_LIMITS_BYTES.most,
  },
  msgpack_deflate: {
    ...yesOrNo(),
    help: "with MessagePack: offer to compress messages (permessage-deflate), for slow networks",
    default: false,
  },
  log_format: {
    ...choice(["classic", "json"]),
    help: "log format: that of buildbot-worker (classic), or one JSON object per line (json)",
    default: "classic",
  },
  status_listen: {
    argument: "ADDRESS",
    read: (text) => (text === "" || isLocalAddress(text) ? text : undefined),
    expected: `a port of the loopback address, such as 127.0.0.1:9100, or the absolute path of a socket, of at most ${LONGEST_SOCKET_PATH_BYTES} bytes`,
    help: "serve /healthz, /readyz and /metrics over HTTP on a port of the loopback address or a Unix socket",
    default: "",
  },
  once: {
    read: yesOrNo().read,
    expected: yesOrNo().expected,
    help: "exit after the first build",
    default: false,
  },
  idle_timeout: {
    ...secondsRow(),
    help: "exit when no command has run for this long, attached or not; 0: never",
    default: 0,
  },
  max_uptime: {
    ...secondsRow(),
    help: "after this time, accept no more builds and exit after the running ones; 0: never",
    default: 0,
  },
  msgpack_log: {
    ...yesOrNo(),
    help: "with MessagePack: log each message; output, file contents and possible secrets are replaced by their sizes",
    default: false,
  },
} as const satisfies Readonly<Record<string, SettingValueRow<string | number | boolean>>>;

export type OwnOptionName = keyof typeof ownOptionRows;

/** The value of each option, in the unit that its row names. */
export type OwnOptions = {
  readonly [Name in OwnOptionName]: Exclude<ReturnType<(typeof ownOptionRows)[Name]["read"]>, undefined>;
};

export const ownOptionNames = Object.keys(ownOptionRows) as OwnOptionName[];

/** A source of option values, which looks them up by the name of their row. */
export interface OptionSource {
  /** How this source spells the option, for error messages. */
  readonly nameOf: (name: OwnOptionName) => string;
  readonly textOf: (name: OwnOptionName) => string | undefined;
}

/** Takes each option from the first source that has it; throws a usage error that names the source of an invalid value. */
export function ownOptions(sources: readonly OptionSource[]): OwnOptions {
  return Object.fromEntries(ownOptionNames.map((name) => [name, chosenValue(name, sources)])) as unknown as OwnOptions;
}

/** `BUILDHAND_LINE_LIMIT`. An empty variable counts as unset. */
export function environmentSource(environment: Readonly<Record<string, string | undefined>>): OptionSource {
  const nameOf = (name: OwnOptionName) => `BUILDHAND_${name.toUpperCase()}`;
  return { nameOf, textOf: (name) => environment[nameOf(name)] || undefined };
}

/** `--line-limit`, by long name; a flag means yes. */
export function commandLineSource(
  values: ReadonlyMap<string, string>,
  flags: ReadonlySet<string> = new Set(),
): OptionSource {
  return {
    nameOf: (name) => `--${longName(name)}`,
    textOf: (name) => values.get(longName(name)) ?? (flags.has(longName(name)) ? "yes" : undefined),
  };
}

/** `line_limit` becomes `line-limit`. */
export function longName(name: OwnOptionName): string {
  return name.replaceAll("_", "-");
}

/** The default as it is written in settings. */
export function shownDefault(name: OwnOptionName): string {
  const { default: value } = ownOptionRows[name];
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

function chosenValue(name: OwnOptionName, sources: readonly OptionSource[]): OwnOptions[OwnOptionName] {
  const row: SettingValueRow<OwnOptions[OwnOptionName]> = ownOptionRows[name];
  for (const source of sources) {
    const text = source.textOf(name);
    if (text === undefined) continue;
    const value = row.read(text);
    if (value === undefined) {
      throw baseErrors.usage(`${source.nameOf(name)} must be ${row.expected}`).withTrouble("tac-setting");
    }
    return value;
  }
  return row.default;
}

function choice<const Value extends string>(values: readonly Value[]) {
  return {
    argument: values.join("|"),
    read: (text: string) => values.find((value) => value === text),
    expected: values.join(" or "),
  };
}

function yesOrNo() {
  const values: Readonly<Record<string, boolean>> = {
    yes: true,
    no: false,
    True: true,
    False: false,
    1: true,
    0: false,
  };
  return { ...choice(["yes", "no"]), read: (text: string) => values[text] };
}

export function secondsRow(least = 0) {
  return {
    argument: "SECONDS",
    read(text: string) {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
      return value !== undefined && value >= least && value <= LONGEST_TIMER_SECONDS ? value : undefined;
    },
    expected: `a number of seconds from ${least} to ${LONGEST_TIMER_SECONDS}`,
  };
}

export function wholeNumberRow(argument: string, least: number, most: number) {
  return {
    argument,
    read(text: string) {
      const value = /^\d+$/.test(text) ? Number(text) : undefined;
      return value !== undefined && value >= least && value <= most ? value : undefined;
    },
    expected: `a whole number from ${least} to ${most}`,
  };
}

function isLocalAddress(text: string): boolean {
  if (text.startsWith("/")) return Buffer.byteLength(text) <= LONGEST_SOCKET_PATH_BYTES && !text.includes("\0");
  return Number(LOOPBACK_PORT.exec(text)?.[1]) <= LARGEST_PORT;
}

function namePatterns() {
  return {
    argument: "PATTERNS",
    read: (text: string) => (/[=\0]/.test(text) ? undefined : text),
    expected: "names or patterns of variables, separated by spaces",
    default: "",
  };
}

function path() {
  return {
    argument: "FILE",
    read: (text: string) => (text.includes("\0") ? undefined : text),
    expected: "the path of a file",
  };
}
