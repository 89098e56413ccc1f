// The options of `buildhand shims` and `buildhand twistd`. The commands are loaded when they are called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const shimsOptions: readonly OptionRow[] = [
  { name: "force", short: "f", help: "replace existing files that were not written by this command" },
  { name: "node", argument: "FILE", help: "absolute path of Node.js; default: the running one" },
  { name: "program", argument: "FILE", help: "absolute path of buildhand.js; default: the running one" },
];

export const twistdOptions: readonly OptionRow[] = [
  { name: "nodaemon", short: "n", help: "run in the foreground and log to standard output" },
  { name: "no_save", short: "o", help: "ignored, for compatibility" },
  { name: "python", short: "y", argument: "FILE", help: "buildbot.tac file of a worker, of any name" },
  { name: "pidfile", argument: "FILE", default: "twistd.pid", help: "PID file; empty: none" },
  {
    name: "logfile",
    short: "l",
    argument: "FILE",
    help: "log file, if buildbot.tac sets none; -: standard output; default in the background: twistd.log",
  },
  { name: "rundir", short: "d", argument: "DIR", default: ".", help: "working directory of the worker's process" },
  { name: "umask", argument: "MASK", help: "umask in octal, if buildbot.tac sets none; in the background 077" },
];

/** Each resolves to the exit code, and throws usage errors. */
export const runShims = async (options: ParsedOptions) => (await import("./write-shims.ts")).shims(options);
export const runTwistd = async (options: ParsedOptions) => (await import("./twistd.ts")).twistd(options);
