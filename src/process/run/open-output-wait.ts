// Handles leaked pipes: the child has ended, but other processes, such as a background server, have its output open.
// Finds those processes, and waits for them up to a limit.
import type { Clock, Timer } from "../../base/clock.ts";
import type { ListedProcess, RunTree } from "../tree/index.ts";
import { Deadlines } from "./deadlines.ts";

/** How long output may stay open after the child's end before its holders are reported; most are closed by then. */
export const HELD_OUTPUT_MS = 5000;

/** Each look that finds no holder doubles the time to the next one, up to this. */
export const LONGEST_HELD_OUTPUT_MS = 5 * 60_000;

export interface OpenOutputWaitOptions {
  readonly tree: Pick<RunTree, "outputHolders">;
  readonly clock: Clock;
  /** How long to wait; undefined or 0: until it is closed. */
  readonly lingerLimitMs: number | undefined;
  /** Called at most once with the holders, HELD_OUTPUT_MS or more after the start. */
  readonly onHeld: ((holders: readonly ListedProcess[]) => void) | undefined;
  /** Called at most once, at the limit, with the holders as far as we can see them. */
  readonly onTooLong: (holders: readonly ListedProcess[]) => void;
}

/** Runs from construction until it is cancelled or calls `onTooLong`. While it is paused, we do not read. */
export class OpenOutputWait {
  readonly #options: OpenOutputWaitOptions;
  readonly #linger: Deadlines;
  #look: Timer | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(options: OpenOutputWaitOptions) {
    this.#options = options;
    const { clock, lingerLimitMs } = options;
    const onExpired = () => void this.#giveUp();
    this.#linger = new Deadlines({ clock, idleTimeoutMs: lingerLimitMs, maxTimeMs: undefined, onExpired });
    if (options.onHeld !== undefined) this.#waitToLook(HELD_OUTPUT_MS);
  }

  pause(): void {
    this.#isPaused = true;
    this.#linger.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#linger.resume();
  }

  /** After this there are no more calls. */
  cancel(): void {
    this.#isOver = true;
    this.#look?.cancel();
    this.#linger.cancel();
  }

  #waitToLook(delayMs: number): void {
    this.#look = this.#options.clock.after(delayMs, () => {
      if (this.#isPaused) this.#waitToLook(delayMs);
      else void this.#reportHolders(delayMs);
    });
  }

  async #reportHolders(waitedMs: number): Promise<void> {
    const { tree, onHeld } = this.#options;
    const holders = await tree.outputHolders();
    if (this.#isOver) return;
    // We have not read all of it, or cannot see the holder.
    if (holders.length === 0) this.#waitToLook(Math.min(2 * waitedMs, LONGEST_HELD_OUTPUT_MS));
    else onHeld?.(holders);
  }

  async #giveUp(): Promise<void> {
    this.#look?.cancel();
    const holders = await this.#options.tree.outputHolders();
    if (!this.#isOver) this.#options.onTooLong(holders);
  }
}
