// buildhand twistd: translates the twistd options that images and units use into options of start.
import { resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import { type ParsedOptions, parseOptions } from "../option-parser.ts";
import { start, startOptions, TAC_FILE } from "../start.ts";

/** Resolves to the exit code. Relative paths are relative to the current directory, as with twistd. Throws usage errors. */
export function twistd({ flags, values, rest }: ParsedOptions): Promise<number> {
  const file = values.get("python");
  if (file === undefined || rest.length > 0) {
    throw baseErrors.usage(
      "expected --python FILE with the buildbot.tac of a worker; other uses of twistd are not supported",
    );
  }
  const pidFile = values.get("pidfile") ?? "twistd.pid";
  const logFile = values.get("logfile") || (flags.has("nodaemon") ? "-" : "twistd.log");
  const umask = values.get("umask");
  if (pidFile === "" && !flags.has("nodaemon")) {
    throw baseErrors.usage("an empty --pidfile requires --nodaemon: a worker in the background needs a PID file");
  }
  const words = [
    "--quiet",
    ...(flags.has("nodaemon") ? ["--nodaemon"] : []),
    `--${TAC_FILE}=${resolve(file)}`,
    ...(pidFile === "" ? [] : [`--pidfile=${resolve(pidFile)}`]),
    `--logfile=${logFile === "-" ? "-" : resolve(logFile)}`,
    ...(umask === undefined ? [] : [`--umask=${umask}`]),
    "--",
    resolve(values.get("rundir") ?? "."),
  ];
  return start(parseOptions(startOptions, words));
}
