// Finds whole lines in a stream of UTF-8, by the newline rules, and splits those that are too long. Never loses a byte,
// examines each byte only a few times, and holds less than one line.
import { isContinuation } from "../base/encoding/utf8-characters.ts";
import { NewlineRules } from "./newlines.ts";

/** Room for any one character and a newline. */
const LOWEST_LINE_LIMIT_BYTES = 5;

const SMALLEST_HOLD_BYTES = 256;
const LF = 0x0a;
const NEWLINE = Buffer.from("\n");

/** The lines of one stream. Returned texts have one or more whole lines, and may share memory with the pushed chunk. */
export class LineFinder {
  readonly #limitBytes: number;
  readonly #newlines = new NewlineRules();
  #hold = Buffer.alloc(0);
  #heldBytes = 0;

  /** The limit counts UTF-8 bytes with the newline, and is at least 5. */
  constructor(limitBytes: number) {
    this.#limitBytes = Math.max(limitBytes, LOWEST_LINE_LIMIT_BYTES);
  }

  /** Whether a line has begun and not ended. */
  get holdsLine(): boolean {
    return this.#heldBytes > 0;
  }

  /** Takes valid UTF-8 that ends between characters; returns the lines that it completes, if any. */
  push(text: Buffer): readonly Buffer[] {
    return this.#take(this.#newlines.push(text));
  }

  /** Ends the stream; returns the unfinished line, if any, with a newline. */
  end(): readonly Buffer[] {
    const lines = this.#take(this.#newlines.end());
    return this.#heldBytes === 0 ? lines : [...lines, ...this.#take(NEWLINE)];
  }

  #take(text: Buffer): readonly Buffer[] {
    const lineEnd = text.indexOf(LF) + 1;
    if (this.#heldBytes + text.length < this.#limitBytes && lineEnd === 0) {
      this.#keep(text);
      return [];
    }
    if (this.#heldBytes === 0) return this.#cut(text);
    const held = this.#hold.subarray(0, this.#heldBytes);
    const isTooLong = lineEnd === 0 || held.length + lineEnd > this.#limitBytes;
    // Copy no more of a large text than necessary.
    const copied = isTooLong ? text : text.subarray(0, lineEnd);
    const others = text.subarray(copied.length);
    return [...this.#cut(Buffer.concat([held, copied])), ...(others.length > 0 ? this.#cut(others) : [])];
  }

  #cut(text: Buffer): readonly Buffer[] {
    const { lines, rest } = cutLines(text, this.#limitBytes);
    this.#heldBytes = 0;
    this.#keep(rest);
    return lines === undefined ? [] : [lines];
  }

  /** Copies into a buffer that doubles, so that a line that arrives byte by byte is not copied each time. */
  #keep(text: Buffer): void {
    const heldBytes = this.#heldBytes + text.length;
    if (heldBytes > this.#hold.length) {
      const larger = Buffer.allocUnsafe(Math.max(SMALLEST_HOLD_BYTES, 2 * heldBytes));
      this.#hold.copy(larger, 0, 0, this.#heldBytes);
      this.#hold = larger;
    }
    text.copy(this.#hold, this.#heldBytes);
    this.#heldBytes = heldBytes;
  }
}

/** The texts of `LineFinder` as one; undefined if there are none. */
export function joinedLines(texts: readonly Buffer[]): Buffer | undefined {
  return texts.length > 1 ? Buffer.concat(texts) : texts[0];
}

/**
 * Whole lines, with newlines inserted into those that are too long, and the rest after the last newline, which is below
 * the limit. Works by windows of the limit's size, not by lines: lines that end within one window cannot be too long.
 */
function cutLines(text: Buffer, limitBytes: number): { lines: Buffer | undefined; rest: Buffer } {
  const pieces: Buffer[] = [];
  let pieceStart = 0;
  let lineStart = 0;
  while (text.length - lineStart >= limitBytes) {
    const newline = text.subarray(lineStart, lineStart + limitBytes).lastIndexOf(LF);
    if (newline >= 0) {
      lineStart += newline + 1;
    } else {
      lineStart = characterStart(text, lineStart + limitBytes - 1);
      pieces.push(text.subarray(pieceStart, lineStart), NEWLINE);
      pieceStart = lineStart;
    }
  }
  const end = Math.max(pieceStart, text.lastIndexOf(LF) + 1);
  if (end > pieceStart) pieces.push(text.subarray(pieceStart, end));
  return { lines: joinedLines(pieces), rest: text.subarray(end) };
}

function characterStart(text: Buffer, at: number): number {
  let start = at;
  while (isContinuation(text[start]!)) start--;
  return start;
}
