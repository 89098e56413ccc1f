// Joins a command's updates into fewer, larger ones for the master, in order of arrival. The first lines after a
// silence are sent at once; then batches, by size or after a delay that grows while there is much to send. Holds at
// most one batch: the sender limits what is in flight.
import { type BlockPool, batchBlocks, smallBatchBlocks } from "../base/block-pool.ts";
import type { Clock, Timer } from "../base/clock.ts";
import type { CommandUpdate, LineTime } from "../base/command-update.ts";
import { countStreamed } from "../base/engine.ts";

/** A batch of this size is sent; only a longer line exceeds it. Banana's limit is 640 KiB. */
const BATCH_LIMIT_BYTES = batchBlocks.blockBytes;
/** Size of an update besides its text, which limits a batch of tiny ones to 4096. */
const UPDATE_COST_BYTES = 64;

/** Bounds of the time between two batches that are not full. */
const SHORTEST_INTERVAL_MS = 250;
const LONGEST_INTERVAL_MS = 1000;
/** After a batch of this size the interval doubles. */
const BUSY_BATCH_BYTES = 16_384;

const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

type TextUpdate = Extract<CommandUpdate, { readonly text: Uint8Array }>;

interface Entry {
  readonly update: CommandUpdate;
  /** Text of the update, with room to append. */
  text: Buffer;
  textBytes: number;
  readonly times: LineTime[];
}

/** Sends updates in order. Resolves to whether the master has acknowledged all of them; never rejects. */
export type SendUpdates = (updates: readonly CommandUpdate[]) => Promise<boolean>;

export interface OutputBatchesOptions {
  readonly clock: Clock;
  /** Called with at least one update. Once the master has acknowledged them, the memory of their texts is reused. */
  readonly send: SendUpdates;
  /** Instead of our default. */
  readonly limitBytes?: number | undefined;
  readonly longestIntervalMs?: number | undefined;
}

/** The updates of one command. A timer runs only while something waits to be sent. */
export class OutputBatches {
  readonly #clock: Clock;
  readonly #send: SendUpdates;
  readonly #limitBytes: number;
  readonly #blocks: BlockPool;
  readonly #longestIntervalMs: number;
  readonly #shortestIntervalMs: number;
  #entries: Entry[] = [];
  #batchBytes = 0;
  /** Fires when the batch is due, or earlier. */
  #timer: Timer | undefined;
  #firesAtMs = 0;
  #dueMs = 0;
  #intervalMs: number;
  /** The last batch was a large one. */
  #isBusy = false;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OutputBatchesOptions) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#limitBytes = options.limitBytes ?? BATCH_LIMIT_BYTES;
    this.#blocks = this.#limitBytes <= smallBatchBlocks.blockBytes ? smallBatchBlocks : batchBlocks;
    this.#longestIntervalMs = options.longestIntervalMs ?? LONGEST_INTERVAL_MS;
    this.#shortestIntervalMs = Math.min(SHORTEST_INTERVAL_MS, this.#longestIntervalMs);
    this.#intervalMs = this.#shortestIntervalMs;
  }

  /** Appends an update. Its text, of whole lines, is copied. */
  add(update: CommandUpdate): void {
    if ("text" in update) this.#addText(update);
    else this.#append(update);
    if (this.#batchBytes >= this.#limitBytes) this.#sendBatch();
    if (this.#entries.length > 0) this.#startTimer();
    else this.#cancelTimer();
  }

  /** Sends everything at once. */
  flush(): void {
    this.#cancelTimer();
    this.#sendBatch();
  }

  #sendBatch(): void {
    if (this.#entries.length === 0) return;
    const updates = this.#entries.map(updateOf);
    const texts = this.#entries.map(({ text }) => text);
    this.#isBusy = this.#batchBytes >= BUSY_BATCH_BYTES;
    this.#intervalMs = this.#isBusy
      ? Math.min(2 * this.#intervalMs, this.#longestIntervalMs)
      : this.#shortestIntervalMs;
    // The header of a command says nothing about its output, which may be the line that someone waits for.
    if (this.#entries.some(({ update }) => update.key !== "header")) this.#sentAtMs = this.#clock.nowMs();
    this.#entries = [];
    this.#batchBytes = 0;
    void this.#send(updates).then((isAcknowledged) => {
      if (isAcknowledged) for (const text of texts) this.#blocks.giveBack(text);
    });
  }

  #addText(update: TextUpdate): void {
    let from = 0;
    while (from < update.text.length) {
      const fittingBytes = this.#fittingBytes(update.text, from);
      if (fittingBytes === 0) this.#sendBatch();
      else this.#appendText(update, from, from + fittingBytes);
      from += fittingBytes;
    }
  }

  /** How much of the text, in whole lines, fits into the batch. An empty batch takes one line of any length. */
  #fittingBytes(text: Uint8Array, from: number): number {
    const roomBytes = this.#limitBytes - this.#batchBytes;
    if (text.length - from <= roomBytes) return text.length - from;
    const lineEnd = roomBytes > 0 ? text.lastIndexOf(LF, from + roomBytes - 1) + 1 : 0;
    if (lineEnd > from) return lineEnd - from;
    if (this.#entries.length > 0) return 0;
    return (text.indexOf(LF, from) + 1 || text.length) - from;
  }

  #appendText(update: TextUpdate, from: number, to: number): void {
    if (!this.#continues(update)) this.#append(update);
    const entry = this.#entries.at(-1)!;
    entry.times.push(...shiftedTimes(timesOfPart(update.times ?? [], from, to), entry.textBytes));
    const neededBytes = entry.textBytes + to - from;
    if (neededBytes > entry.text.length) this.#enlarge(entry, neededBytes);
    entry.text.set(update.text.subarray(from, to), entry.textBytes);
    entry.textBytes = neededBytes;
    this.#batchBytes += to - from;
  }

  /** Many batches may wait for a slow master, so a small text does not take a whole block. */
  #enlarge(entry: Entry, neededBytes: number): void {
    const { blockBytes } = this.#blocks;
    const smallBytes = blockBytes / 2;
    // A large batch is likely to be followed by another.
    const isLarge = neededBytes > smallBytes || (this.#isBusy && this.#entries.length === 1);
    const larger = isLarge && neededBytes <= blockBytes ? this.#blocks.take() : newText(neededBytes, smallBytes);
    entry.text.copy(larger, 0, 0, entry.textBytes);
    this.#blocks.giveBack(entry.text);
    entry.text = larger;
  }

  #append(update: CommandUpdate): void {
    if (this.#entries.length === 0) this.#dueMs = Math.max(this.#clock.nowMs(), this.#sentAtMs + this.#intervalMs);
    this.#entries.push({ update, text: NOTHING, textBytes: 0, times: [] });
    this.#batchBytes += UPDATE_COST_BYTES;
  }

  #continues(update: TextUpdate): boolean {
    const last = this.#entries.at(-1)?.update;
    if (last === undefined || last.key !== update.key) return false;
    return last.key !== "log" || (update.key === "log" && last.log === update.log);
  }

  /**
   * After a silence of an interval or more there is no delay: the batch is sent after the current turn of the event
   * loop.
   */
  #startTimer(): void {
    if (this.#timer !== undefined && this.#firesAtMs <= this.#dueMs) return;
    this.#cancelTimer();
    this.#firesAtMs = this.#dueMs;
    this.#timer = this.#clock.after(this.#dueMs - this.#clock.nowMs(), () => {
      this.#timer = undefined;
      // The timer belonged to an earlier batch that was sent when full; a flood of output needs only one timer.
      if (this.#clock.nowMs() < this.#dueMs) this.#startTimer();
      else this.flush();
    });
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

function newText(neededBytes: number, smallBytes: number): Buffer {
  const bytes = neededBytes <= smallBytes ? Math.min(2 * neededBytes, smallBytes) : 2 * neededBytes;
  countStreamed(bytes);
  return Buffer.allocUnsafe(bytes);
}

function updateOf({ update, text, textBytes, times }: Entry): CommandUpdate {
  if (!("text" in update)) return update;
  const whole = { ...update, text: text.subarray(0, textBytes) };
  return times.length > 0 ? { ...whole, times } : whole;
}

/** The times of the non-empty part from byte `from` to before `to`. */
function timesOfPart(times: readonly LineTime[], from: number, to: number): readonly LineTime[] {
  const before = times.findLast(({ at }) => at <= from);
  const within = times.filter(({ at }) => at > from && at < to).map(({ at, seconds }) => ({ at: at - from, seconds }));
  return before === undefined ? within : [{ at: 0, seconds: before.seconds }, ...within];
}

/** `times` of a text that is appended after `bytes` of another. */
function shiftedTimes(times: readonly LineTime[], bytes: number): readonly LineTime[] {
  return times.map(({ at, seconds }) => ({ at: at + bytes, seconds }));
}
