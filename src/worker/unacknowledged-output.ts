// Keeps the end of a command's output until the master has acknowledged it, for a worker that loses its master. Without
// headers, which contain arguments and variables that may be secret.
import type { CommandUpdate } from "../base/command-update.ts";
import { isContinuation } from "../base/encoding/utf8-characters.ts";

/** Limit per command. */
export const LAST_OUTPUT_LIMIT_BYTES = 4096;

interface Piece {
  readonly text: Uint8Array;
  /** Position of its end in the whole output, in bytes. */
  readonly endsAt: number;
}

export class UnacknowledgedOutput {
  #pieces: Piece[] = [];
  #sizeBytes = 0;
  #endsAt = 0;
  /** The master has acknowledged everything up to this position. */
  #acknowledgedTo = 0;
  /** Everything up to this position was dropped because of the limit. */
  #droppedTo = 0;
  /** A piece of the full length for reuse: with much output, nearly every piece is one. */
  #spare: Uint8Array | undefined;

  /** Copies the output; returns the position for `acknowledge`. */
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

  /** The master has acknowledged the output up to that position. */
  acknowledge(position: number): void {
    this.#acknowledgedTo = Math.max(this.#acknowledgedTo, position);
    while (this.#pieces[0] !== undefined && this.#pieces[0].endsAt <= this.#acknowledgedTo) this.#shift();
  }

  /** The unacknowledged output without its last newline; begins with `…` if it is cut. Empty if there is none. */
  text(): string {
    const all = Buffer.concat(this.#pieces.map(({ text }) => text));
    const kept = all.subarray(firstCharacter(all, Math.max(all.length - LAST_OUTPUT_LIMIT_BYTES, 0)));
    const isCut = kept.length < all.length || this.#droppedTo > this.#acknowledgedTo;
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

/** Offset of the first UTF-8 character that begins at or after `from`. */
function firstCharacter(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && isContinuation(text[at]!)) at += 1;
  return at;
}
