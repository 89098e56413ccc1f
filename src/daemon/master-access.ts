// How the commands of a master reach it: its address and a token of this run, in a file that only its user can read.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { writeWholeFile } from "../base/whole-file.ts";
import { daemonErrors } from "./errors.ts";
import { readPidFile } from "./pid-file.ts";
import { serverPlace } from "./server-process.ts";

const ACCESS_FILE = "master.access";
const OWNER_ONLY = 0o600;

export interface MasterAccess {
  /** `http://127.0.0.1:8010/` */
  readonly address: string;
  readonly token: string;
}

/** Returns what removes it. A master without it runs on; the log says why its commands do not work. */
export function publishAccess(
  directory: string,
  { address, token }: MasterAccess,
  log: (sentence: string) => void,
): () => void {
  const path = join(directory, ACCESS_FILE);
  // An address to listen on need not be one to connect to.
  const reachable = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
  try {
    writeWholeFile(path, `${JSON.stringify({ address: reachable, token })}\n`, { mode: OWNER_ONLY });
  } catch (error) {
    log(`cannot write ${path}, which the commands of this master need: ${systemReason(error)}`);
  }
  return () => rmSync(path, { force: true });
}

/** Throws the errors of `notReached`. */
export function readAccess(directory: string): MasterAccess {
  const path = join(directory, ACCESS_FILE);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as MasterAccess;
  } catch (error) {
    throw notReached(directory, `${path}: ${error instanceof SyntaxError ? errorText(error) : systemReason(error)}`);
  }
}

/** Why the master of the directory does not answer: ERR_MASTER_NOT_RUNNING or ERR_MASTER_UNREACHABLE. */
export function notReached(directory: string, reason: string): Error {
  const { pid } = serverPlace("master", directory);
  const isRunning = readPidFile(pid).state === "running";
  return isRunning ? daemonErrors.masterUnreachable(directory, reason) : daemonErrors.masterNotRunning(pid.path);
}
