// The encodings of iconv-lite. The only file that imports it, and imported only when one of them is used.
import iconv from "iconv-lite";
import type { DecodingStream, TextEncoding } from "./text-encoding.ts";

/** No character of these encodings has more bytes after the first. */
const MOST_FOLLOWING_BYTES = 3;
const EMPTY = Buffer.alloc(0);

/** `table` is one of iconv-lite's names. */
export function iconvCoding(table: string): Pick<TextEncoding, "encode" | "openStream"> {
  iconv.encode("", table); // reads the table now, since an upgrade may replace or remove it later
  return {
    encode(text) {
      const bytes = iconv.encode(text, table);
      // It writes a question mark for unencodable characters.
      return iconv.decode(bytes, table) === text ? bytes : undefined;
    },
    openStream: () => new IconvStream(table),
  };
}

/**
 * Starts a new decoder of iconv-lite for each chunk, at the first byte of a character. Its own streams lose the byte
 * after an incomplete character if that begins in one chunk and turns out to be invalid in the next; the byte may be a
 * newline.
 */
class IconvStream implements DecodingStream {
  readonly #table: string;
  #held: Buffer = EMPTY;

  constructor(table: string) {
    this.#table = table;
  }

  push(chunk: Buffer): string {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const { text, finalText } = this.#decode(bytes);
    this.#held = Buffer.from(this.#unfinished(bytes, finalText));
    return text;
  }

  end(): string {
    const { text, finalText } = this.#decode(this.#held);
    this.#held = EMPTY;
    return text + finalText;
  }

  /**
   * The bytes at the end that gave no text yet and would give `finalText` at the end of the stream: the only suffix
   * that decodes to exactly that. Its start cannot be found from the bytes before it: in a run of invalid bytes, each
   * may begin a character.
   */
  #unfinished(bytes: Buffer, finalText: string): Buffer {
    if (finalText === "") return EMPTY;
    for (let count = 1; count <= MOST_FOLLOWING_BYTES; count += 1) {
      const tail = bytes.subarray(-count);
      const decoded = this.#decode(tail);
      if (decoded.text === "" && decoded.finalText === finalText) return tail;
    }
    throw new Error(`${this.#table} keeps more than ${MOST_FOLLOWING_BYTES} bytes`);
  }

  /** `finalText` follows `text` if the stream ends here. */
  #decode(bytes: Buffer): { readonly text: string; readonly finalText: string } {
    const decoder = iconv.getDecoder(this.#table);
    return { text: decoder.write(bytes), finalText: decoder.end() ?? "" };
  }
}
