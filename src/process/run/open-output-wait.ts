// What becomes of a run whose child has ended while others have its output open, such as a server that was started in the
// background: it is found out who they are, and they are waited for only so long. Knows nothing of the run's other ends.
import type { Clock, Timer } from "../../base/clock.ts";
import type { ListedProcess, ProcessTree } from "../tree/index.ts";
import { Deadlines } from "./deadlines.ts";

/** How long after the child's end its output may stay open before it is told who has it: most are done by then. */
export const HELD_OUTPUT_MS = 5000;

/** Each look that finds nobody doubles the time to the next, up to this. */
export const LONGEST_HELD_OUTPUT_MS = 5 * 60_000;

export interface OpenOutputWaitOptions {
  readonly tree: Pick<ProcessTree, "outputHolders">;
  readonly clock: Clock;
  /** How long they are waited for; undefined or 0: until they have closed it. */
  readonly lingerLimitMs: number | undefined;
  /** Called at most once with those who have it open, HELD_OUTPUT_MS or more after the start. */
  readonly onHeld: ((holders: readonly ListedProcess[]) => void) | undefined;
  /** Called at most once with those who have it open, as far as we may see, when that was too long. */
  readonly onTooLong: (holders: readonly ListedProcess[]) => void;
}

/** Runs from its making until it is cancelled or calls `onTooLong`. While it is held, it is we who do not read. */
export class OpenOutputWait {
  readonly #options: OpenOutputWaitOptions;
  readonly #linger: Deadlines;
  #look: Timer | undefined;
  #isHeld = false;
  #isOver = false;

  constructor(options: OpenOutputWaitOptions) {
    this.#options = options;
    const { clock, lingerLimitMs } = options;
    const onExpired = () => void this.#leave();
    this.#linger = new Deadlines({ clock, idleTimeoutMs: lingerLimitMs, maxTimeMs: undefined, onExpired });
    if (options.onHeld !== undefined) this.#waitToLook(HELD_OUTPUT_MS);
  }

  hold(): void {
    this.#isHeld = true;
    this.#linger.hold();
  }

  letGo(): void {
    this.#isHeld = false;
    this.#linger.letGo();
  }

  /** No call comes any more. */
  cancel(): void {
    this.#isOver = true;
    this.#look?.cancel();
    this.#linger.cancel();
  }

  #waitToLook(delayMs: number): void {
    this.#look = this.#options.clock.after(delayMs, () => {
      if (this.#isHeld) this.#waitToLook(delayMs);
      else void this.#tellHolders(delayMs);
    });
  }

  async #tellHolders(waitedMs: number): Promise<void> {
    const { tree, onHeld } = this.#options;
    const holders = await tree.outputHolders();
    if (this.#isOver) return;
    // Open because we have not read all of it, or held by what we cannot see.
    if (holders.length === 0) this.#waitToLook(Math.min(2 * waitedMs, LONGEST_HELD_OUTPUT_MS));
    else onHeld?.(holders);
  }

  async #leave(): Promise<void> {
    this.#look?.cancel();
    const holders = await this.#options.tree.outputHolders();
    if (!this.#isOver) this.#options.onTooLong(holders);
  }
}
