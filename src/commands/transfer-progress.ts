// What the log of a step says of a transfer that takes long: how far it has come, now and then, and what it took in the
// end. One that is over soon says nothing. Knows no files and no master.
import type { Clock, Timer } from "../base/clock.ts";

const INTERVAL_MS = 10_000;
const KIB = 1024;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

export interface TransferProgressOptions {
  readonly clock: Clock;
  /** What the worker does with the bytes. */
  readonly verb: "sent" | "received";
  /** Given a line with its newline. */
  readonly say: (line: string) => void;
}

export class TransferProgress {
  readonly #options: TransferProgressOptions;
  readonly #startedMs: number;
  #totalBytes: number | undefined;
  #bytes = 0;
  #toldBytes = 0;
  #lastLine = "";
  #timer: Timer;

  /** Begins to wait for the first line; whoever makes it ends it. */
  constructor(options: TransferProgressOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    this.#timer = this.#wait();
  }

  /** How many bytes there will be, where that is known. */
  expect(totalBytes: number): void {
    this.#totalBytes = totalBytes;
  }

  /** So many more have arrived where they are to be. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Says what it took in all, if it was long enough for another line before. */
  end(): void {
    this.#timer.cancel();
    if (this.#lastLine === "") return;
    const { clock, verb, say } = this.#options;
    const tookMs = clock.nowMs() - this.#startedMs;
    const rate = rateText(this.#bytes, tookMs);
    say(`${verb} ${sizeText(this.#bytes)} in ${Math.round(tookMs / 1000)} seconds, ${rate}\n`);
  }

  #wait(): Timer {
    return this.#options.clock.after(INTERVAL_MS, () => {
      this.#tell();
      this.#timer = this.#wait();
    });
  }

  /** A transfer that stands still says so once, since the lines would gather where nothing can be sent. */
  #tell(): void {
    // Files grow, and some that are no files have no size.
    const isTotalKnown = this.#totalBytes !== undefined && this.#totalBytes >= this.#bytes;
    const of = isTotalKnown ? ` of ${sizeText(this.#totalBytes!)}` : "";
    const rate = rateText(this.#bytes - this.#toldBytes, INTERVAL_MS);
    const line = `${this.#options.verb} ${sizeText(this.#bytes)}${of}, ${rate}\n`;
    this.#toldBytes = this.#bytes;
    if (line === this.#lastLine) return;
    this.#lastLine = line;
    this.#options.say(line);
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
