// The encodings that iconv-lite does. The only file that imports it, and itself imported only where one of them is used.
import iconv from "iconv-lite";
import type { TextEncoding, TextStream } from "./text-encoding.ts";

/** No character of these encodings has more bytes. */
const LONGEST_CHARACTER_BYTES = 4;
const EMPTY = Buffer.alloc(0);

/** `table` is one of iconv-lite's names. */
export function iconvCoding(table: string): Pick<TextEncoding, "encode" | "openStream"> {
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
 * Gives iconv-lite whole characters only: its own streams swallow the byte behind half a character that begins in one
 * chunk and turns out to be none in the next, which may be a newline.
 */
class IconvStream implements TextStream {
  readonly #table: string;
  #held: Buffer = EMPTY;

  constructor(table: string) {
    this.#table = table;
  }

  push(chunk: Buffer): string {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    for (let held = 0; held < LONGEST_CHARACTER_BYTES && held <= bytes.length; held += 1) {
      const whole = bytes.subarray(0, bytes.length - held);
      const { text, owed } = this.#decode(whole);
      if (owed !== "") continue;
      this.#held = Buffer.from(bytes.subarray(whole.length));
      return text;
    }
    this.#held = EMPTY;
    const { text, owed } = this.#decode(bytes);
    return text + owed;
  }

  end(): string {
    const { text, owed } = this.#decode(this.#held);
    this.#held = EMPTY;
    return text + owed;
  }

  #decode(bytes: Buffer): { readonly text: string; readonly owed: string } {
    const decoder = iconv.getDecoder(this.#table);
    return { text: decoder.write(bytes), owed: decoder.end() ?? "" };
  }
}
