// The one argument of start, stop and restart: a worker's base directory.
import { resolve } from "node:path";
import { errors } from "../base/errors.ts";
import { advice } from "../base/troubles/trouble-of.ts";
import { readTacFile, type TacFile } from "../config/index.ts";

/** Absolute; the current one when none is given. Throws ERR_USAGE. */
export function directoryArgument(rest: readonly string[]): string {
  const [directory = ".", ...more] = rest;
  if (more.length > 0) throw errors.usage("I wasn't expecting so many arguments");
  return resolve(directory);
}

/** The directory's buildbot.tac; says what is wrong, as the real worker does, and gives undefined if it is no worker's. */
export function workerTac(directory: string): TacFile | undefined {
  try {
    return readTacFile(directory);
  } catch (error) {
    if (!errors.tacUnreachable.is(error) && !errors.tacContent.is(error)) throw error;
    console.log(`${error.message}\ninvalid worker directory '${directory}'`);
    // Beside the output, whose lines are those of the real worker and read by scripts.
    console.error(advice(error, directory));
    return undefined;
  }
}
