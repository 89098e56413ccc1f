// Watches the file whose touch asks a worker to end (allow_shutdown = 'file'). Knows nothing of what follows.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";

/** As often as the real worker looks. */
const POLL_MS = 10_000;

export interface TouchWatchOptions {
  readonly clock: Clock;
  /** Called for every touch that is seen. */
  readonly onTouch: () => void;
}

/** BASEDIR/shutdown.stamp. */
export function stampPath(basedir: string): string {
  return join(basedir, "shutdown.stamp");
}

/**
 * Resolves when it has seen what there is to begin with; never rejects. A touch is a time of modification later than any that
 * was seen, or the first there is.
 */
export async function watchTouches(path: string, { clock, onTouch }: TouchWatchOptions): Promise<{ end(): void }> {
  let seenNs = await modifiedNs(path);
  let hasEnded = false;
  const look = async () => {
    const presentNs = await modifiedNs(path);
    if (hasEnded) return;
    timer = clock.after(POLL_MS, () => void look());
    if (presentNs <= seenNs) return;
    seenNs = presentNs;
    onTouch();
  };
  let timer = clock.after(POLL_MS, () => void look());
  return {
    end() {
      hasEnded = true;
      timer.cancel();
    },
  };
}

/** Nanoseconds since 1970; before all times when there is no such file, or nobody tells. */
async function modifiedNs(path: string): Promise<bigint> {
  try {
    return (await stat(path, { bigint: true })).mtimeNs;
  } catch {
    return -1n; // a base directory that cannot be read shows in all else that the worker does
  }
}
