// Whether the file systems that builds write to have room for another build: looked at before each, and again and again while
// there is none. Says each lack once.
import { statfsSync } from "node:fs";
import type { Clock, Timer } from "../base/clock.ts";
import type { RetentionConfig } from "./master-config.ts";

const RETRY_MS = 5000;
const MIB = 2 ** 20;

export interface FreeSpaceOptions {
  readonly directories: readonly string[];
  readonly limits: Pick<RetentionConfig, "minFreeBytes" | "minFreePercent">;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** There is room again. */
  readonly onRecovered: () => void;
}

export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  #trouble: string | undefined;
  #timer: Timer | undefined;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  /** Why there was too little when it was looked at last, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** When there is too little, `onRecovered` is called later. */
  isEnough(): boolean {
    const { directories, log, clock } = this.#options;
    const lack = directories.map((directory) => this.#lack(directory)).find((sentence) => sentence !== undefined);
    if (lack !== undefined && this.#trouble === undefined) log(`${lack}; until then no build begins`);
    if (lack === undefined && this.#trouble !== undefined) log("there is room for builds again");
    this.#trouble = lack;
    if (lack !== undefined) this.#timer ??= clock.after(RETRY_MS, () => this.#retry());
    return lack === undefined;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #retry(): void {
    this.#timer = undefined;
    if (this.isEnough()) this.#options.onRecovered();
  }

  #lack(directory: string): string | undefined {
    const { minFreeBytes, minFreePercent } = this.#options.limits;
    try {
      const { bavail, blocks, bsize } = statfsSync(directory);
      const partBytes = (blocks * bsize * minFreePercent) / 100;
      const key = minFreeBytes >= partBytes ? "minFreeSpace" : "minFreePercent";
      const leastBytes = Math.max(minFreeBytes, partBytes);
      // Some file systems count no blocks.
      if (blocks === 0 || bavail * bsize >= leastBytes) return undefined;
      const [free, least] = [bavail * bsize, leastBytes].map((bytes) => `${Math.floor(bytes / MIB)} MiB`);
      return `only ${free} are free at ${directory}, of ${least} that retention: ${key} asks for; make room`;
    } catch {
      return undefined; // whoever writes there says why it cannot be
    }
  }
}
