// Watches the file whose touch asks a worker to end (allow_shutdown = 'file'). Knows nothing of what follows.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Timer } from "../base/clock.ts";

/** As often as the real worker looks. */
const POLL_MS = 10_000;

export interface ShutdownStampOptions {
  readonly clock: Clock;
  /** Called for every touch that is seen. */
  readonly onTouch: () => void;
}

/** BASEDIR/shutdown.stamp. */
export function stampPath(basedir: string): string {
  return join(basedir, "shutdown.stamp");
}

/**
 * A touch is a time of modification later than any that was seen, or the first there is. What the file says when the
 * watch begins is none.
 */
export class ShutdownStamp {
  readonly #path: string;
  readonly #options: ShutdownStampOptions;
  #timer: Timer | undefined;
  #ended = false;
  #seenNs = -1n;

  constructor(path: string, options: ShutdownStampOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Resolves when it has seen what there is to begin with; never rejects. */
  async start(): Promise<void> {
    this.#seenNs = await modifiedNs(this.#path);
    this.#wait();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    if (!this.#ended) this.#timer = this.#options.clock.after(POLL_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const presentNs = await modifiedNs(this.#path);
    if (this.#ended) return;
    if (presentNs > this.#seenNs) {
      this.#seenNs = presentNs;
      this.#options.onTouch();
    }
    this.#wait();
  }
}

/** Nanoseconds since 1970; before all times when there is no such file, or nobody tells. */
async function modifiedNs(path: string): Promise<bigint> {
  try {
    return (await stat(path, { bigint: true })).mtimeNs;
  } catch {
    return -1n; // a base directory that cannot be read shows in all else that the worker does
  }
}
