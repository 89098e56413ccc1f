// Converts text to bytes and back in one of Python's encodings. Undecodable bytes become U+FFFD, as with Python's
// "replace"; unencodable text is refused.

export interface TextEncoding {
  /** Python's name. */
  readonly name: string;
  /**
   * Undefined when the encoding lacks a character of the text. UTF-8 for UTF-16, UTF-32 and `utf-8-sig`, in which every
   * argument of a program would contain a NUL or a byte order mark.
   */
  encode(text: string): Buffer | undefined;
  /** Decodes complete text. */
  decode(bytes: Buffer): string;
  /** For one stream of bytes. */
  openStream(): DecodingStream;
}

/** Used once; its text may end inside a surrogate pair. */
export interface DecodingStream {
  /** The text of the characters completed so far. */
  push(bytes: Buffer): string;
  /** The replacement of an incomplete last character, if any. */
  end(): string;
}

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

/** With `ignoreBOM` a byte order mark is text, as in Python's `utf-8`. */
export function utf8Stream(options: { readonly ignoreBOM: boolean }): DecodingStream {
  const decoder = new TextDecoder("utf-8", options);
  return { push: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}
