// Keeps the end of what a command printed until the master has it, for a worker that loses its master. Headers are no output:
// they contain arguments and variables that may be secrets.
import type { CommandUpdate } from "../base/command-update.ts";
import { isContinuation } from "../base/encoding/utf8-characters.ts";

/** Of each command, at most this is kept. */
export const LAST_OUTPUT_LIMIT_BYTES = 4096;

interface Piece {
  readonly text: Uint8Array;
  /** Counts all bytes of output up to its end. */
  readonly endsAt: number;
}

export class UnacknowledgedOutput {
  #pieces: Piece[] = [];
  #sizeBytes = 0;
  #endsAt = 0;
  /** The master has all up to there. */
  #heardTo = 0;
  /** For want of room nothing up to there is kept. */
  #droppedTo = 0;
  /** A piece of the full length that is not needed any more: of a flood nearly each is one. */
  #spare: Uint8Array | undefined;

  /** Takes a copy; returns a place for `heard`. */
  add(updates: readonly CommandUpdate[]): number {
    for (const update of updates) {
      if (!("text" in update) || update.key === "header") continue;
      this.#endsAt += update.text.length;
      const text = this.#copy(update.text.subarray(-LAST_OUTPUT_LIMIT_BYTES));
      if (text.length < update.text.length) this.#droppedTo = this.#endsAt - text.length;
      this.#pieces.push({ text, endsAt: this.#endsAt });
      this.#sizeBytes += text.length;
    }
    while (this.#sizeBytes - (this.#pieces[0]?.text.length ?? 0) >= LAST_OUTPUT_LIMIT_BYTES) {
      this.#droppedTo = Math.max(this.#droppedTo, this.#shift());
    }
    return this.#endsAt;
  }

  /** The master has what was added up to that place. */
  heard(place: number): void {
    this.#heardTo = Math.max(this.#heardTo, place);
    while (this.#pieces[0] !== undefined && this.#pieces[0].endsAt <= this.#heardTo) this.#shift();
  }

  /** What it may not have, without the newline at its end; begins with `…` when there was more. Empty when it has all. */
  text(): string {
    const all = Buffer.concat(this.#pieces.map(({ text }) => text));
    const kept = all.subarray(firstCharacter(all, Math.max(all.length - LAST_OUTPUT_LIMIT_BYTES, 0)));
    const isCut = kept.length < all.length || this.#droppedTo > this.#heardTo;
    return `${isCut ? "…" : ""}${kept.toString()}`.replace(/\n$/, "");
  }

  #copy(text: Uint8Array): Uint8Array {
    if (text.length < LAST_OUTPUT_LIMIT_BYTES) return new Uint8Array(text);
    const copy = this.#spare ?? new Uint8Array(LAST_OUTPUT_LIMIT_BYTES);
    this.#spare = undefined;
    copy.set(text);
    return copy;
  }

  #shift(): number {
    const piece = this.#pieces.shift();
    if (piece === undefined) return 0;
    if (piece.text.length === LAST_OUTPUT_LIMIT_BYTES) this.#spare = piece.text;
    this.#sizeBytes -= piece.text.length;
    return piece.endsAt;
  }
}

/** Where the first character of UTF-8 begins at or behind `from`. */
function firstCharacter(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && isContinuation(text[at]!)) at += 1;
  return at;
}
