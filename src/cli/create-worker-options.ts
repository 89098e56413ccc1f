// The options of create-worker, each declared once: for the parser, --help, validation and docs/reference/options.md.
import { baseErrors } from "../base/errors.ts";
import type { OptionRow } from "./option-parser.ts";

export interface SettingRow extends OptionRow {
  /** Throws ERR_USAGE for an invalid value; `name` is the option's name. */
  readonly check?: (text: string, name: string) => void;
}

/** "None", 0, digits without a leading zero, or Python's octal. */
const NUMBER_OR_NONE = /^(?:None|0|[1-9]\d*|0o[0-7]+)$/;
/** Decimal numbers as Python's int() accepts them. */
const NUMBER = /^[+-]?\d+$/;

function number(text: string, name: string): void {
  if (!NUMBER.test(text)) throw baseErrors.usage(`${name} parameter needs to be a number`);
}

function numberOrNone(text: string, name: string, hint = ""): void {
  if (!NUMBER_OR_NONE.test(text)) throw baseErrors.usage(`${name} parameter needs to be a number or None${hint}`);
}

/** For octal numbers in the notation of C, the shell and chmod. */
function octalHint(text: string): string {
  const [, digits] = /^0([0-7]+)$/.exec(text) ?? [];
  return digits === undefined ? "" : `; for the octal number ${text} write 0o${digits}`;
}

function signalOrFile(text: string): void {
  if (text !== "signal" && text !== "file")
    throw baseErrors.usage("allow-shutdown needs to be one of 'signal' or 'file'");
}

export const createWorkerOptions = [
  { name: "force", short: "f", help: "ignored, for compatibility; an existing buildbot.tac is never overwritten" },
  { name: "relocatable", short: "r", help: "write a relative base directory, so that BASEDIR can be moved" },
  { name: "no-logrotate", short: "n", help: "set no log in buildbot.tac; start --logfile then sets it" },
  { name: "use-tls", help: "connect to the master over TLS and verify its certificate" },
  { name: "delete-leftover-dirs", help: "delete directories in BASEDIR that no builder uses" },
  {
    name: "keepalive",
    short: "k",
    argument: "SECONDS",
    default: "600",
    check: number,
    help: "interval between keepalives to the master; 0: none",
  },
  {
    name: "maxdelay",
    argument: "SECONDS",
    default: "300",
    check: number,
    help: "maximum delay between two connection attempts",
  },
  {
    name: "log-size",
    short: "s",
    argument: "BYTES",
    default: "10000000",
    check: number,
    help: "size at which twistd.log is rotated; 0: never",
  },
  {
    name: "log-count",
    short: "l",
    argument: "COUNT",
    default: "10",
    check: numberOrNone,
    help: "number of rotated logs to keep; None: all",
  },
  {
    name: "umask",
    argument: "MASK",
    default: "None",
    check: (text, name) => numberOrNone(text, name, octalHint(text)),
    help: "umask of the worker and its builds, such as 0o22; None: inherited, or 0o77 in the background",
  },
  {
    name: "maxretries",
    argument: "COUNT",
    default: "None",
    check: numberOrNone,
    help: "number of consecutive connection failures after which the worker exits with code 75; None or 0: no limit",
  },
  {
    name: "numcpus",
    argument: "COUNT",
    default: "None",
    check: numberOrNone,
    help: "number of CPUs to report to the master; None: those available to the worker",
  },
  {
    name: "allow-shutdown",
    short: "a",
    argument: "signal|file",
    check: signalOrFile,
    help: "shut down gracefully on SIGHUP (signal), or when BASEDIR/shutdown.stamp is touched (file)",
  },
  {
    name: "protocol",
    argument: "NAME",
    default: "pb",
    help: "protocol of the master: pb, or msgpack_experimental_v7 (MessagePack over WebSocket)",
  },
  {
    name: "connection-string",
    argument: "ENDPOINT",
    help: "address of the master as a Twisted client endpoint string, instead of host and port",
  },
  {
    name: "proxy-connection-string",
    argument: "ENDPOINT",
    help: "HTTP proxy to connect through, as a Twisted client endpoint string; env: the proxy from HTTPS_PROXY or ALL_PROXY",
  },
  {
    name: "password-file",
    argument: "FILE",
    help: "read the password from this file; omit PASSWORD",
  },
  {
    name: "relay",
    argument: "ADDRESS",
    help: "connect through the relay at HOST:PORT or unix:PATH, so that builds survive a lost connection",
  },
  {
    name: "relay-key",
    argument: "FILE",
    help: "file with the relay's key and the fingerprint of its certificate: a copy of its worker.key",
  },
  { name: "quiet", short: "q", help: "print only errors" },
] as const satisfies readonly SettingRow[];

export type CreateWorkerOption = (typeof createWorkerOptions)[number]["name"];
