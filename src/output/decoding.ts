// Converts the output of a child to valid UTF-8, chunk by chunk. A chunk may end anywhere, even inside a character.
import { isUtf8 } from "node:buffer";
import { type DecodingStream, type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { unfinishedCharacter } from "../base/encoding/utf8-characters.ts";

/** Turns one stream of bytes in some encoding into UTF-8; used once, for one stream. */
export interface Decoder {
  /** The chunk's text as valid UTF-8, without an incomplete last character; may share the chunk's memory. */
  push(chunk: Buffer): Buffer;
  /** U+FFFD if the stream ended inside a character, or nothing. */
  end(): Buffer;
}

const EMPTY = Buffer.alloc(0);

export function openDecoder(encoding: TextEncoding): Decoder {
  return encoding === utf8 ? new Utf8Decoder() : new Transcoder(encoding.openStream());
}

/** For output that should be UTF-8: invalid bytes become U+FFFD, as many as in Python and in the Encoding Standard. */
export class Utf8Decoder implements Decoder {
  #held: Buffer = EMPTY;

  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    // It may turn out not to be the start of a character; the next chunk decides.
    const heldBytes = unfinishedCharacter(bytes)?.presentBytes ?? 0;
    if (heldBytes === 0) {
      this.#held = EMPTY;
      return repaired(bytes);
    }
    const wholeBytes = bytes.length - heldBytes;
    this.#held = Buffer.from(bytes.subarray(wholeBytes));
    return repaired(bytes.subarray(0, wholeBytes));
  }

  end(): Buffer {
    const tail = repaired(this.#held);
    this.#held = EMPTY;
    return tail;
  }
}

/** For output in another encoding. */
class Transcoder implements Decoder {
  readonly #stream: DecodingStream;
  /** Half a surrogate pair, or nothing. */
  #half = "";

  constructor(stream: DecodingStream) {
    this.#stream = stream;
  }

  push(chunk: Buffer): Buffer {
    const text = this.#half + this.#stream.push(chunk);
    this.#half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : "";
    return Buffer.from(this.#half === "" ? text : text.slice(0, -1));
  }

  end(): Buffer {
    const tail = Buffer.from(this.#half + this.#stream.end());
    this.#half = "";
    return tail;
  }
}

function repaired(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString("utf8"));
}
