// The argument of start, stop and restart: a worker's base directory.
import { resolve } from "node:path";
import { advice, baseErrors, WorkerError } from "../base/errors.ts";
import {
  configErrors,
  type OptionSource,
  readTacConfig,
  readTacFile,
  type TacConfig,
  type TacFile,
} from "../config/index.ts";
import { EXIT_USAGE } from "../daemon/index.ts";

/** Absolute; the current one when none is given. Throws ERR_USAGE. */
export function directoryArgument(rest: readonly string[]): string {
  const [directory = ".", ...more] = rest;
  if (more.length > 0) throw baseErrors.usage("I wasn't expecting so many arguments");
  return resolve(directory);
}

/** The directory's buildbot.tac, or the file at `path`; if it is not a worker's, prints the real worker's error and returns undefined. */
export function workerTac(directory: string, path?: string): TacFile | undefined {
  try {
    return readTacFile(directory, path);
  } catch (error) {
    if (!configErrors.tacUnreachable.is(error) && !configErrors.tacContent.is(error)) throw error;
    console.log(`${error.message}\ninvalid worker directory '${directory}'`);
    // On standard error: standard output has the lines of the real worker, which scripts read.
    console.error(advice(error, directory));
    return undefined;
  }
}

/** Except for a start in the foreground: a buildbot.tac that calls exit() is an error, whatever its status. */
export function tacConfig(tac: TacFile, commandLine?: OptionSource): TacConfig {
  try {
    return readTacConfig(tac, commandLine);
  } catch (error) {
    throw error instanceof WorkerError ? error.withExitCode(EXIT_USAGE) : error;
  }
}
