// The options of create-worker, each declared once: the parser, the help, the checks and docs/options.md read these rows.
import { baseErrors } from "../base/errors.ts";
import type { OptionRow } from "./option-parser.ts";

export interface SettingRow extends OptionRow {
  /** Throws ERR_USAGE for a text that cannot be; `name` is that of the option. */
  readonly check?: (text: string, name: string) => void;
}

/** "None", 0, digits without a leading zero, or Python's octal. */
const NUMBER_OR_NONE = /^(?:None|0|[1-9]\d*|0o[0-7]+)$/;
/** What Python's int() takes in decimal. */
const NUMBER = /^[+-]?\d+$/;

function number(text: string, name: string): void {
  if (!NUMBER.test(text)) throw baseErrors.usage(`${name} parameter needs to be a number`);
}

function numberOrNone(text: string, name: string, hint = ""): void {
  if (!NUMBER_OR_NONE.test(text)) throw baseErrors.usage(`${name} parameter needs to be a number or None${hint}`);
}

/** For an octal number as C, the shell and chmod write it. */
function octalHint(text: string): string {
  const [, digits] = /^0([0-7]+)$/.exec(text) ?? [];
  return digits === undefined ? "" : `; for the octal number ${text} write 0o${digits}`;
}

function shutdownWay(text: string): void {
  if (text !== "signal" && text !== "file")
    throw baseErrors.usage("allow-shutdown needs to be one of 'signal' or 'file'");
}

export const createWorkerOptions = [
  { name: "force", short: "f", help: "accepted for older scripts; a buildbot.tac is never overwritten" },
  { name: "relocatable", short: "r", help: "let buildbot.tac find its own directory, so that it can be moved" },
  { name: "no-logrotate", short: "n", help: "leave the log to the options --logfile and --umask of start" },
  { name: "use-tls", help: "connect to the master over TLS, and verify its certificate" },
  { name: "delete-leftover-dirs", help: "remove directories in BASEDIR that no builder uses" },
  {
    name: "keepalive",
    short: "k",
    argument: "SECONDS",
    default: "600",
    check: number,
    help: "how often to ask the master whether it is there; 0: never",
  },
  {
    name: "maxdelay",
    argument: "SECONDS",
    default: "300",
    check: number,
    help: "longest time between two attempts to connect",
  },
  {
    name: "log-size",
    short: "s",
    argument: "BYTES",
    default: "10000000",
    check: number,
    help: "size at which twistd.log is set aside and a new one begun",
  },
  {
    name: "log-count",
    short: "l",
    argument: "COUNT",
    default: "10",
    check: numberOrNone,
    help: "how many old logs to keep; None: all",
  },
  {
    name: "umask",
    argument: "MASK",
    default: "None",
    check: (text, name) => numberOrNone(text, name, octalHint(text)),
    help: "permissions to keep from files that builds make, such as 0o22; None: 0o77 in the background",
  },
  {
    name: "maxretries",
    argument: "COUNT",
    default: "None",
    check: numberOrNone,
    help: "failures to connect in a row with which the worker ends, with exit code 75; None or 0: it never does",
  },
  {
    name: "numcpus",
    argument: "COUNT",
    default: "None",
    check: numberOrNone,
    help: "number of processors to tell the master; None: those that the worker may use",
  },
  {
    name: "allow-shutdown",
    short: "a",
    argument: "signal|file",
    check: shutdownWay,
    help: "let SIGHUP, or a touch of BASEDIR/shutdown.stamp, ask the master for a graceful shutdown",
  },
  {
    name: "protocol",
    argument: "NAME",
    default: "pb",
    help: "pb, or msgpack_experimental_v7: MessagePack over WebSocket",
  },
  {
    name: "connection-string",
    argument: "ENDPOINT",
    help: "where the master is, as a Twisted client endpoint string, instead of host and port",
  },
  {
    name: "proxy-connection-string",
    argument: "ENDPOINT",
    help: "an HTTP proxy to connect through, as a Twisted client endpoint string; env: the one of HTTPS_PROXY or ALL_PROXY",
  },
  {
    name: "password-file",
    argument: "FILE",
    help: "take the password from this file; PASSWORD is left out then",
  },
  { name: "quiet", short: "q", help: "say nothing when all is well" },
] as const satisfies readonly SettingRow[];

export type CreateWorkerOption = (typeof createWorkerOptions)[number]["name"];
