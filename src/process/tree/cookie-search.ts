// Finds processes with a cookie in their environment. That reads their memory, which may be locked, for example by a
// page from a dead file server, so it is done in Node's thread pool with a limit.
import { open } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { errorCode } from "../../base/error-code.ts";
import { hasCookie } from "./command-cookie.ts";
import { readWithTimeout } from "./guarded-read.ts";
import { isStillThere, type ListedProcess } from "./process-list.ts";

/** How long reading one environment may take; usually a tenth of a millisecond. */
export const ENVIRONMENT_LIMIT_MS = 200;

export interface BearerSearch {
  readonly cookie: string;
  readonly clock: Clock;
  /** False ends the search. */
  readonly isWanted: () => boolean;
  /** Called for each as soon as it is found. */
  readonly onBearer: (bearer: ListedProcess) => void;
  /** Default: `/proc`. */
  readonly procDirectory?: string;
}

/**
 * Resolves to the candidates that could not be examined: they are blocked, or in the middle of execve(2), when the
 * environment is empty. Processes that we may not read are not among them.
 */
export async function findProcessesWithCookie(
  candidates: readonly ListedProcess[],
  { cookie, clock, isWanted, onBearer, procDirectory = "/proc" }: BearerSearch,
): Promise<readonly ListedProcess[]> {
  const undetermined: ListedProcess[] = [];
  for (const one of candidates) {
    if (!isWanted()) return undetermined;
    const path = `${procDirectory}/${one.pid}/environ`;
    // Reading it would block a thread; a later scan finds it again.
    const environment = one.hangs
      ? undefined
      : await readWithTimeout({ clock, limitMs: ENVIRONMENT_LIMIT_MS }, () => readEnvironment(path));
    if (!isWanted()) return undetermined;
    if (environment === undefined || (environment === "" && isStillThere(one))) undetermined.push(one);
    else if (environment !== REFUSED && hasCookie(environment, cookie)) onBearer(one);
  }
  return undetermined;
}

/** Most environments are smaller. Node's `readFile` would allocate 64 KiB twice for each. */
const CHUNK_BYTES = 4096;

/** Result for a process that is gone or belongs to another user. */
const REFUSED = "\0";

async function readEnvironment(path: string): Promise<string> {
  try {
    return await readWhole(path);
  } catch (error) {
    // It will never be readable, or has ended.
    if (["EACCES", "EPERM", "ENOENT", "ESRCH"].includes(errorCode(error) ?? "")) return REFUSED;
    throw error;
  }
}

async function readWhole(path: string): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let text = "";
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, CHUNK_BYTES);
      if (bytesRead === 0) return text;
      text += bytes.toString("latin1", 0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
