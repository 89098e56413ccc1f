// The options of `buildhand shims` and `buildhand twistd`. The commands are loaded when they are called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const shimsOptions: readonly OptionRow[] = [
  { name: "force", short: "f", help: "replace programs of these names that were not written by this command" },
  { name: "node", argument: "FILE", help: "absolute path of the Node.js to call; default: the one that runs this" },
  { name: "program", argument: "FILE", help: "absolute path of the buildhand.js to call; default: this one" },
];

export const twistdOptions: readonly OptionRow[] = [
  { name: "nodaemon", short: "n", help: "stay in the foreground, and log to standard output" },
  { name: "no_save", short: "o", help: "accepted for older scripts" },
  { name: "python", short: "y", argument: "FILE", help: "the buildbot.tac of a worker, whatever its name" },
  { name: "pidfile", argument: "FILE", default: "twistd.pid", help: "where the process id is kept; empty: nowhere" },
  {
    name: "logfile",
    short: "l",
    argument: "FILE",
    help: "where to log when the file sets no log; - is standard output; default in the background: twistd.log",
  },
  { name: "rundir", short: "d", argument: "DIR", default: ".", help: "where the worker's process works" },
  { name: "umask", argument: "MASK", help: "umask in octal, unless the file has one; default in the background: 077" },
];

/** Each resolves to the exit code, and throws usage errors. */
export const runShims = async (options: ParsedOptions) => (await import("./write-shims.ts")).shims(options);
export const runTwistd = async (options: ParsedOptions) => (await import("./twistd.ts")).twistd(options);
