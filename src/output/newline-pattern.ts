// A newline expression that a master has chosen, in the part of Python's syntax of which each text can be searched in one
// pass, whatever it holds: alternatives of ASCII characters and classes with counts, with one look ahead at most.
import type { NewlineMapping } from "./newlines.ts";

/** Longer expressions are not read; the masters' own has 70 characters. */
const LONGEST_EXPRESSION = 500;
/** What is held back in the middle of a match; a run of more becomes several newlines. */
const MOST_HELD_BYTES = 256;

const ASCII = 128;
const LF = 0x0a;
const NEWLINE = Buffer.from("\n");
const EMPTY = Buffer.alloc(0);

/** By byte. */
type ByteSet = readonly boolean[];

interface Item {
  readonly bytes: ByteSet;
  readonly least: number;
  readonly most: number;
}

interface Alternative {
  readonly items: readonly Item[];
  /** What must follow, without being a part of it. */
  readonly ahead: ByteSet | undefined;
}

export interface NewlinePattern {
  readonly alternatives: readonly Alternative[];
}

/** Undefined for what is not in that part of the syntax. */
export function readNewlinePattern(expression: string): NewlinePattern | undefined {
  if (expression.length > LONGEST_EXPRESSION) return undefined;
  try {
    return new PatternReader(expression).read();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Maps a pattern over one stream; any chunking of the stream gives the same bytes. */
export class PatternNewlines implements NewlineMapping {
  readonly #pattern: NewlinePattern;
  #held: Buffer = EMPTY;

  constructor(pattern: NewlinePattern) {
    this.#pattern = pattern;
  }

  /** The chunk with its newlines, less an end that may be a part of one; may share the chunk's memory. */
  push(chunk: Buffer): Buffer {
    return this.#map(this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk, false);
  }

  /** What was held when the stream ended. */
  end(): Buffer {
    return this.#map(this.#held, true);
  }

  #map(text: Buffer, isEnd: boolean): Buffer {
    const pieces: Buffer[] = [];
    let from = 0;
    let at = 0;
    let open = text.length;
    while (at < text.length) {
      const bytes = this.#matchAt(text, at, isEnd || text.length - at > MOST_HELD_BYTES);
      if (bytes === "open") {
        open = at;
        break;
      }
      if (bytes > 0) {
        pieces.push(text.subarray(from, at), NEWLINE);
        from = at + bytes;
      }
      at += Math.max(bytes, 1);
    }
    this.#held = Buffer.from(text.subarray(open));
    pieces.push(text.subarray(from, open));
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** The length of the match, 0 for none; `open` when what follows decides, and it is not the end. */
  #matchAt(text: Buffer, at: number, isEnd: boolean): number | "open" {
    for (const alternative of this.#pattern.alternatives) {
      const bytes = matchBytes(alternative, text, at);
      if (bytes === "open" && !isEnd) return "open";
      const decided = bytes === "open" ? matchBytes(alternative, text, at, true) : bytes;
      if (decided !== "open" && decided > 0) return decided;
    }
    return 0;
  }
}

function matchBytes({ items, ahead }: Alternative, text: Buffer, start: number, isEnd = false): number | "open" {
  let at = start;
  for (const { bytes, least, most } of items) {
    let count = 0;
    while (count < most && at < text.length && bytes[text[at]!] === true) {
      count += 1;
      at += 1;
    }
    if (at === text.length && count < most && !isEnd) return "open";
    if (count < least) return 0;
  }
  if (ahead === undefined) return at - start;
  if (at === text.length) return isEnd ? 0 : "open";
  return ahead[text[at]!] === true ? at - start : 0;
}

class Unreadable extends Error {}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: LF, r: 13, t: 9, v: 11 };
const CLASSES: Readonly<Record<string, RegExp>> = { d: /[0-9]/, s: /[\t-\r ]/, w: /\w/ };

class PatternReader {
  readonly #expression: string;
  #at = 0;

  constructor(expression: string) {
    const isGroup = /^\((?!\?).*\)$/s.test(expression) && !expression.endsWith("\\)");
    this.#expression = isGroup ? expression.slice(1, -1) : expression;
  }

  read(): NewlinePattern {
    const alternatives = [this.#alternative()];
    while (this.#take("|")) alternatives.push(this.#alternative());
    if (this.#at < this.#expression.length) throw new Unreadable();
    return { alternatives };
  }

  #alternative(): Alternative {
    const items: Item[] = [];
    let ahead: ByteSet | undefined;
    while (this.#at < this.#expression.length && !this.#isNext("|")) {
      if (ahead !== undefined) throw new Unreadable();
      if (this.#take("(?=")) {
        // A dot is any character but a newline; of one that is not ASCII, the first byte.
        ahead = this.#take(".") ? setOf((byte) => byte !== LF, 256) : this.#characters();
        if (!this.#take(")")) throw new Unreadable();
      } else items.push(this.#item());
    }
    if (items.every(({ least }) => least === 0) || hasChoice(items, ahead)) throw new Unreadable();
    return { items, ahead };
  }

  #item(): Item {
    const bytes = this.#characters();
    if (this.#take("+")) return { bytes, ...this.#greedy(1, Number.POSITIVE_INFINITY) };
    if (this.#take("*")) return { bytes, ...this.#greedy(0, Number.POSITIVE_INFINITY) };
    if (this.#take("?")) return { bytes, ...this.#greedy(0, 1) };
    const count = this.#matched(/\{(\d{1,2})(?:(,)(\d{0,2}))?\}/y);
    if (count === undefined) return { bytes, least: 1, most: 1 };
    const [, least = "", comma, most = ""] = count;
    if (comma === undefined) return { bytes, ...this.#greedy(Number(least), Number(least)) };
    return { bytes, ...this.#greedy(Number(least), most === "" ? Number.POSITIVE_INFINITY : Number(most)) };
  }

  #greedy(least: number, most: number): Pick<Item, "least" | "most"> {
    if (this.#isNext("?") || this.#isNext("+") || most < least || most === 0) throw new Unreadable();
    return { least, most };
  }

  #characters(): ByteSet {
    if (this.#take("[")) return this.#class();
    const character = this.#matched(/[^\\.^$*+?{}[\]|()]/y)?.[0];
    return character === undefined ? this.#escape() : only(codeOf(character));
  }

  #class(): ByteSet {
    let bytes = setOf(() => false);
    let isEmpty = true;
    while (!this.#take("]")) {
      const next = this.#matched(/[^\\[\]^&~|-]/y)?.[0];
      const part = next === undefined ? this.#escape() : only(codeOf(next));
      const first = part.indexOf(true);
      const last = this.#matched(/-([^\\[\]])/y)?.[1];
      if (last !== undefined && codeOf(last) < first) throw new Unreadable();
      const known = bytes;
      bytes = setOf((byte) => {
        const isPart = last === undefined ? part[byte] === true : byte >= first && byte <= codeOf(last);
        return known[byte] === true || isPart;
      });
      isEmpty = false;
    }
    if (isEmpty) throw new Unreadable();
    return bytes;
  }

  #escape(): ByteSet {
    const hexadecimal = this.#matched(/\\x([0-9a-fA-F]{2})/y)?.[1];
    if (hexadecimal !== undefined) return only(Number.parseInt(hexadecimal, 16));
    const octal = this.#matched(/\\(0[0-7]{0,2}|[1-3][0-7]{2})/y)?.[1];
    if (octal !== undefined) return only(Number.parseInt(octal, 8));
    const letter = this.#matched(/\\([a-z])/y)?.[1];
    if (letter !== undefined) {
      const characters = CLASSES[letter];
      if (characters !== undefined) return setOf((byte) => characters.test(String.fromCharCode(byte)));
      return only(CONTROLS[letter] ?? ASCII);
    }
    const sign = this.#matched(/\\([^0-9A-Za-z])/y)?.[1];
    return only(sign === undefined ? ASCII : codeOf(sign));
  }

  #isNext(text: string): boolean {
    return this.#expression.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const isNext = this.#isNext(text);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #matched(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#expression);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }
}

/** Whether it can be that a count must be given up for what follows to match, which takes more than one pass. */
function hasChoice(items: readonly Item[], ahead: ByteSet | undefined): boolean {
  return items.some(({ bytes, least, most }, place) => {
    if (least === most) return false;
    for (const next of items.slice(place + 1)) {
      if (meet(bytes, next.bytes)) return true;
      if (next.least > 0) return false;
    }
    return ahead !== undefined && meet(bytes, ahead);
  });
}

function meet(one: ByteSet, other: ByteSet): boolean {
  return one.some((isIn, byte) => isIn && other[byte] === true);
}

function setOf(isIn: (byte: number) => boolean, size = ASCII): ByteSet {
  return Array.from({ length: size }, (_, byte) => isIn(byte));
}

function only(code: number): ByteSet {
  if (code >= ASCII) throw new Unreadable();
  return setOf((byte) => byte === code);
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? ASCII;
}
