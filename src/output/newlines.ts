// Decides which bytes end a line. Terminal output uses carriage returns, backspaces and cursor movements; a log has
// only newlines, so each of these becomes one. Works on UTF-8 bytes, since all of these are ASCII.

const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const BACKSPACE = 0x08;
const EMPTY = Buffer.alloc(0);

/** Digits of a row or column. Longer ones are treated as text, which bounds the undecided end. */
const COORDINATE_DIGITS_LIMIT = 16;
const DIGITS = `[0-9]{1,${COORDINATE_DIGITS_LIMIT}}`;

// \r\n, \r, ESC[u (restore cursor), ESC[2J (clear), ESC[row;columnH and f (move), and a run of backspaces. The master
// applies the same rules to what arrives.
const NEWLINES = new RegExp(String.raw`\r\n?|\x1b\[(?:u|2J|${DIGITS};${DIGITS}[Hf])|\x08+`, "g");

/**
 * The end of a chunk that depends on what follows: `\r` may be half of `\r\n`, an escape sequence may be incomplete.
 */
const UNDECIDED = new RegExp(String.raw`(?:\r|\x1b(?:\[(?:${DIGITS}(?:;(?:${DIGITS})?)?)?)?)$`);
const LONGEST_UNDECIDED_BYTES = "\x1b[;".length + 2 * COORDINATE_DIGITS_LIMIT;

/** Applies the newline rules to one stream; the result does not depend on how the stream is split into chunks. */
export class NewlineRules {
  #undecided: Buffer = EMPTY;
  #endedInBackspace = false;

  /** The chunk with its newlines replaced, without an undecided end; may share the chunk's memory. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return EMPTY;
    const text = this.#undecided.length > 0 ? Buffer.concat([this.#undecided, chunk]) : chunk;
    this.#undecided = EMPTY;
    return hasControls(text) || this.#endedInBackspace ? this.#map(text) : text;
  }

  /** The undecided end of the stream: a newline, an unfinished escape sequence as text, or nothing. */
  end(): Buffer {
    const rest = this.#undecided;
    this.#undecided = EMPTY;
    return Buffer.from(withNewlines(rest.toString("latin1")), "latin1");
  }

  #map(text: Buffer): Buffer {
    const decidedBytes = text.length - undecidedBytes(text);
    this.#undecided = Buffer.from(text.subarray(decidedBytes));
    // The first of a run of backspaces becomes the newline; the rest of the run may arrive later.
    const from = this.#endedInBackspace ? endOfBackspaces(text) : 0;
    this.#endedInBackspace = text[decidedBytes - 1] === BACKSPACE;
    // Latin-1 maps each byte to one character and back: by far the fastest way to replace in bytes.
    return Buffer.from(withNewlines(text.toString("latin1", from, decidedBytes)), "latin1");
  }
}

function hasControls(text: Buffer): boolean {
  return text.includes(CARRIAGE_RETURN) || text.includes(ESCAPE) || text.includes(BACKSPACE);
}

function withNewlines(text: string): string {
  return text.replace(NEWLINES, "\n");
}

function undecidedBytes(text: Buffer): number {
  const tail = text.toString("latin1", Math.max(0, text.length - LONGEST_UNDECIDED_BYTES));
  return UNDECIDED.exec(tail)?.[0].length ?? 0;
}

function endOfBackspaces(text: Buffer): number {
  let at = 0;
  while (text[at] === BACKSPACE) at++;
  return at;
}
