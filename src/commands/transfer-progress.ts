// Progress lines in the log of a step for a long transfer: bytes and rate at intervals, and a summary at the end. A
// short transfer logs nothing. Knows no files and no master.
import type { Clock, Timer } from "../base/clock.ts";

const INTERVAL_MS = 10_000;
const KIB = 1024;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

export interface TransferProgressOptions {
  readonly clock: Clock;
  /** The direction, for the lines. */
  readonly verb: "sent" | "received";
  /** Called with a line including its newline. */
  readonly writeLine: (line: string) => void;
}

export class TransferProgress {
  readonly #options: TransferProgressOptions;
  readonly #startedMs: number;
  #totalBytes: number | undefined;
  #bytes = 0;
  #reportedBytes = 0;
  #lastLine = "";
  #timer: Timer;

  /** Starts the timer for the first line; the caller must call `end`. */
  constructor(options: TransferProgressOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    this.#timer = this.#wait();
  }

  /** Sets the total size, if known. */
  expect(totalBytes: number): void {
    this.#totalBytes = totalBytes;
  }

  /** Adds bytes that have arrived at their destination. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Writes a summary if there was a progress line before. */
  end(): void {
    this.#timer.cancel();
    if (this.#lastLine === "") return;
    const { clock, verb, writeLine } = this.#options;
    const tookMs = clock.nowMs() - this.#startedMs;
    const rate = rateText(this.#bytes, tookMs);
    writeLine(`${verb} ${sizeText(this.#bytes)} in ${Math.round(tookMs / 1000)} seconds, ${rate}\n`);
  }

  #wait(): Timer {
    return this.#options.clock.after(INTERVAL_MS, () => {
      this.#report();
      this.#timer = this.#wait();
    });
  }

  /** A stalled transfer is reported once, since further lines would queue if nothing can be sent. */
  #report(): void {
    // Files may grow, and special files have no size.
    const isTotalKnown = this.#totalBytes !== undefined && this.#totalBytes >= this.#bytes;
    const of = isTotalKnown ? ` of ${sizeText(this.#totalBytes!)}` : "";
    const rate = rateText(this.#bytes - this.#reportedBytes, INTERVAL_MS);
    const line = `${this.#options.verb} ${sizeText(this.#bytes)}${of}, ${rate}\n`;
    this.#reportedBytes = this.#bytes;
    if (line === this.#lastLine) return;
    this.#lastLine = line;
    this.#options.writeLine(line);
  }
}

function rateText(bytes: number, ms: number): string {
  return `${sizeText(bytes / (ms / 1000))}/s`;
}

/** `0 bytes`, `1.5 KiB`, `12 MiB`. */
function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= KIB && unit < UNITS.length - 1; unit += 1) size /= KIB;
  const shown = unit > 0 && size < 10 ? Math.round(size * 10) / 10 : Math.round(size);
  return `${shown} ${UNITS[unit]}`;
}
