// Which processes have a cookie in their environment. Who reads that looks into their memory, and waits as long as that is
// locked, such as by a page that a dead server does not deliver: it is done in Node's pool of threads, with a limit.
import { open } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { errorCode } from "../../base/error-code.ts";
import { hasCookie } from "./command-cookie.ts";
import { readWithTimeout } from "./guarded-read.ts";
import { isStillThere, type ListedProcess } from "./process-list.ts";

/** How long the look into one process may take, which is a tenth of a millisecond as a rule. */
export const ENVIRONMENT_LIMIT_MS = 200;

export interface BearerSearch {
  readonly cookie: string;
  readonly clock: Clock;
  /** False ends the search. */
  readonly isWanted: () => boolean;
  /** Called with each as soon as it is found. */
  readonly onBearer: (bearer: ListedProcess) => void;
  /** Where to read; default `/proc`. */
  readonly procDirectory?: string;
}

/**
 * Resolves to those of `candidates` that were not found to be without the cookie: they cannot be looked into now, or are
 * just becoming another program and show nothing for a moment. What is not ours to read is not among them.
 */
export async function findProcessesWithCookie(
  candidates: readonly ListedProcess[],
  { cookie, clock, isWanted, onBearer, procDirectory = "/proc" }: BearerSearch,
): Promise<readonly ListedProcess[]> {
  const doubtful: ListedProcess[] = [];
  for (const one of candidates) {
    if (!isWanted()) return doubtful;
    const path = `${procDirectory}/${one.pid}/environ`;
    // It takes a thread for as long as it hangs, and a later look finds it again.
    const environment = one.hangs
      ? undefined
      : await readWithTimeout({ clock, limitMs: ENVIRONMENT_LIMIT_MS }, () => readEnvironment(path));
    if (!isWanted()) return doubtful;
    if (environment === undefined || (environment === "" && isStillThere(one))) doubtful.push(one);
    else if (environment !== REFUSED && hasCookie(environment, cookie)) onBearer(one);
  }
  return doubtful;
}

/** Most environments are smaller. Node's `readFile` would take 64 KiB twice, for each of very many. */
const CHUNK_BYTES = 4096;

/** Stands for what is another user's to read, or gone. */
const REFUSED = "\0";

async function readEnvironment(path: string): Promise<string> {
  try {
    return await readWhole(path);
  } catch (error) {
    // Nobody can be in doubt about what he may never see, nor about what has ended.
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
