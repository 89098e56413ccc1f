// Text to bytes and back in one of Python's encodings. What cannot be decoded becomes U+FFFD, as by Python's "replace";
// what cannot be encoded is refused. Knows no lines, files or programs.

export interface TextEncoding {
  /** Python's. */
  readonly name: string;
  /**
   * Undefined when the encoding lacks a character of the text. UTF-8 for UTF-16, UTF-32 and `utf-8-sig`, in which every
   * word that a program is given would hold a NUL or a mark.
   */
  encode(text: string): Buffer | undefined;
  /** All of some bytes. */
  decode(bytes: Buffer): string;
  /** For one stream of bytes. */
  openStream(): DecodingStream;
}

/** Used once; text that it gives may end inside a surrogate pair. */
export interface DecodingStream {
  /** The text of whole characters up to now. */
  push(bytes: Buffer): string;
  /** What a stream that stops inside a character still owes. */
  end(): string;
}

/** All but what can be made of the rest. */
export type Coding = Omit<TextEncoding, "decode">;

export const utf8: TextEncoding = encodingOf({
  name: "utf-8",
  encode: encodeUtf8,
  openStream: () => utf8Stream({ ignoreBOM: true }),
});

export function encodingOf(coding: Coding): TextEncoding {
  return {
    ...coding,
    decode(bytes) {
      const stream = coding.openStream();
      return stream.push(bytes) + stream.end();
    },
  };
}

/** Undefined for text with half a surrogate pair. */
export function encodeUtf8(text: string): Buffer | undefined {
  return text.isWellFormed() ? Buffer.from(text) : undefined;
}

/** With `ignoreBOM` a byte order mark is text, as it is for Python's `utf-8`. */
export function utf8Stream(options: { readonly ignoreBOM: boolean }): DecodingStream {
  const decoder = new TextDecoder("utf-8", options);
  return { push: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}
