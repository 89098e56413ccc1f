// How the commands of a master reach it: its address and a token of this run, in a file that only its user can read.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { writeWholeFile } from "../base/whole-file.ts";
import { daemonErrors } from "./errors.ts";

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

/** Throws ERR_NO_MASTER. */
export function readAccess(directory: string): MasterAccess {
  const path = join(directory, ACCESS_FILE);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as MasterAccess;
  } catch (error) {
    const reason = error instanceof SyntaxError ? errorText(error) : systemReason(error);
    throw daemonErrors.noMaster.from(error, directory, `${path}: ${reason}`);
  }
}
