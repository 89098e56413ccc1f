// Whether the file systems that builds write to have room for another build: checked before each build, and repeatedly
// while there is too little. Each shortage is logged once.
import { statfsSync } from "node:fs";
import type { Clock, Timer } from "../base/clock.ts";
import type { RetentionConfig } from "./master-config.ts";

const RETRY_MS = 5000;
const MIB = 2 ** 20;

export interface FreeSpaceOptions {
  readonly directories: readonly string[];
  /** As now. */
  readonly limits: () => Pick<RetentionConfig, "minFreeBytes" | "minFreePercent">;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** Called when there is room again. */
  readonly onRecovered: () => void;
}

export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  #trouble: string | undefined;
  #timer: Timer | undefined;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  /** Why the last check found too little, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** If there is too little, `onRecovered` is called once there is enough. */
  isEnough(): boolean {
    const { directories, log, clock } = this.#options;
    const shortage = directories.map((path) => this.#shortage(path)).find((sentence) => sentence !== undefined);
    if (shortage !== undefined && this.#trouble === undefined) log(`${shortage}; no build starts until then`);
    if (shortage === undefined && this.#trouble !== undefined) log("the disk has room for builds again");
    this.#trouble = shortage;
    if (shortage !== undefined) this.#timer ??= clock.after(RETRY_MS, () => this.#retry());
    return shortage === undefined;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #retry(): void {
    this.#timer = undefined;
    if (this.isEnough()) this.#options.onRecovered();
  }

  #shortage(directory: string): string | undefined {
    const { minFreeBytes, minFreePercent } = this.#options.limits();
    try {
      const { bavail, blocks, bsize } = statfsSync(directory);
      const partBytes = (blocks * bsize * minFreePercent) / 100;
      const key = minFreeBytes >= partBytes ? "minFreeSpace" : "minFreePercent";
      const leastBytes = Math.max(minFreeBytes, partBytes);
      // Some file systems report no blocks.
      if (blocks === 0 || bavail * bsize >= leastBytes) return undefined;
      const [free, least] = [bavail * bsize, leastBytes].map((bytes) => `${Math.floor(bytes / MIB)} MiB`);
      return `only ${free} are free at ${directory}, and retention: ${key} requires ${least}; free some space`;
    } catch {
      return undefined; // the next write reports the reason
    }
  }
}
