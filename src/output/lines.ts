// Finds whole lines in a stream of UTF-8, by the newline rules, and cuts the ones that are too long. Never loses a
// byte, never looks at a byte more than a few times, and holds less than one line. Knows nothing of streams or time.
import { isContinuation } from "../base/encoding/utf8-characters.ts";
import { NewlineRules } from "./newlines.ts";

/** Room for any one character and a newline. */
const LOWEST_LINE_LIMIT_BYTES = 5;

const SMALLEST_HOLD_BYTES = 256;
const LF = 0x0a;
const NEWLINE = Buffer.from("\n");

/** One stream's lines. What it returns are texts of whole lines, one or many each, that may share memory with what was pushed. */
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

  /** Takes valid UTF-8 that ends between characters; gives the lines it completes, if any. */
  push(text: Buffer): readonly Buffer[] {
    return this.#take(this.#newlines.push(text));
  }

  /** The stream is over: gives the unfinished line, if any, with a newline. */
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
    // Of a large text no more is copied than need be.
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

  /** Copies into a buffer that doubles, so that a line that arrives in single bytes is not copied for each of them. */
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

/** What `LineFinder` returned as one text, or undefined for nothing. */
export function joinedLines(texts: readonly Buffer[]): Buffer | undefined {
  return texts.length > 1 ? Buffer.concat(texts) : texts[0];
}

/**
 * Whole lines, with a newline put into each that is too long, and the rest after the last newline, which is below the
 * limit. Goes by windows of the limit's size, not by lines: lines that end within one window cannot be too long.
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
