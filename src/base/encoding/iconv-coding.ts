// The encodings that iconv-lite does. The only file that imports it, and itself imported only where one of them is used.
import iconv from "iconv-lite";
import type { DecodingStream, TextEncoding } from "./text-encoding.ts";

/** No character of these encodings has more bytes after its first. */
const MOST_FOLLOWING_BYTES = 3;
const EMPTY = Buffer.alloc(0);

/** `table` is one of iconv-lite's names. */
export function iconvCoding(table: string): Pick<TextEncoding, "encode" | "openStream"> {
  iconv.encode("", table); // reads the table now: later it may be another version's, or gone
  return {
    encode(text) {
      const bytes = iconv.encode(text, table);
      // It writes a question mark for what it cannot.
      return iconv.decode(bytes, table) === text ? bytes : undefined;
    },
    openStream: () => new IconvStream(table),
  };
}

/**
 * Begins a decoder of iconv-lite's with each chunk, at the first byte of a character: its own streams swallow the byte behind
 * half a character that begins in one chunk and turns out to be none in the next, which may be a newline.
 */
class IconvStream implements DecodingStream {
  readonly #table: string;
  #held: Buffer = EMPTY;

  constructor(table: string) {
    this.#table = table;
  }

  push(chunk: Buffer): string {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const { text, owed } = this.#decode(bytes);
    this.#held = Buffer.from(this.#unfinished(bytes, owed));
    return text;
  }

  end(): string {
    const { text, owed } = this.#decode(this.#held);
    this.#held = EMPTY;
    return text + owed;
  }

  /**
   * The bytes at the end that gave no text yet, for which `owed` would be given: there is one place only from which they
   * give that, and nothing else. Where they begin cannot be seen from what is before: in a row of bytes that are no
   * characters, each may begin one.
   */
  #unfinished(bytes: Buffer, owed: string): Buffer {
    if (owed === "") return EMPTY;
    for (let count = 1; count <= MOST_FOLLOWING_BYTES; count += 1) {
      const tail = bytes.subarray(-count);
      const decoded = this.#decode(tail);
      if (decoded.text === "" && decoded.owed === owed) return tail;
    }
    throw new Error(`${this.#table} keeps more than ${MOST_FOLLOWING_BYTES} bytes`);
  }

  /** `owed` is what follows `text` if these bytes are the last. */
  #decode(bytes: Buffer): { readonly text: string; readonly owed: string } {
    const decoder = iconv.getDecoder(this.#table);
    return { text: decoder.write(bytes), owed: decoder.end() ?? "" };
  }
}
