// Watches the file that requests a shutdown when it is touched (allow_shutdown = 'file').
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";

/** The same as in the real worker. */
const POLL_MS = 10_000;

export interface TouchWatchOptions {
  readonly clock: Clock;
  /** Called for every touch. */
  readonly onTouch: () => void;
}

/** BASEDIR/shutdown.stamp. */
export function stampPath(basedir: string): string {
  return join(basedir, "shutdown.stamp");
}

/**
 * Resolves after it has read the initial modification time; never rejects. A touch is a later modification time, or the
 * creation of the file.
 */
export async function watchTouches(path: string, { clock, onTouch }: TouchWatchOptions): Promise<{ end(): void }> {
  let seenNs = await modifiedNs(path);
  let hasEnded = false;
  const poll = async () => {
    const presentNs = await modifiedNs(path);
    if (hasEnded) return;
    timer = clock.after(POLL_MS, () => void poll());
    if (presentNs <= seenNs) return;
    seenNs = presentNs;
    onTouch();
  };
  let timer = clock.after(POLL_MS, () => void poll());
  return {
    end() {
      hasEnded = true;
      timer.cancel();
    },
  };
}

/** Nanoseconds since 1970; -1 if the file does not exist or cannot be accessed. */
async function modifiedNs(path: string): Promise<bigint> {
  try {
    return (await stat(path, { bigint: true })).mtimeNs;
  } catch {
    return -1n; // a base directory without access is reported elsewhere
  }
}
