// Collects the file names that a command finds, up to a limit. Names are kept as byte text, in which each character
// stands for one byte, so that names that are not UTF-8 stay distinct and can be used in paths.
import { isAscii } from "../base/ascii.ts";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { commandsErrors } from "./errors.ts";
import { encodedName } from "./file-paths.ts";

/** A list on the wire may have 655 360 items (perspective-broker.md). */
export const FILES_LIMIT = 500_000;
/** Limit of all names together, since they are sent in one message. */
export const FILES_LIMIT_BYTES = 8 * 1024 * 1024;

/** Text whose characters stand for bytes (latin1). */
export type ByteText = string;

/** Throws ERR_NOT_IN_ENCODING. */
export function byteText(text: string, encoding: TextEncoding = utf8): ByteText {
  return encodedName(text, "a path", encoding).toString("latin1");
}

/** Invalid bytes become U+FFFD. */
export function textOfBytes(bytes: ByteText, encoding: TextEncoding = utf8): string {
  // ASCII is the same.
  if (encoding === utf8 && isAscii(bytes)) return bytes;
  return encoding.decode(Buffer.from(bytes, "latin1"));
}

/** Names in order of their first occurrence. */
export class FileNames {
  readonly #encoding: TextEncoding;
  readonly #names = new Set<ByteText>();
  #sizeBytes = 0;

  constructor(encoding: TextEncoding = utf8) {
    this.#encoding = encoding;
  }

  /** Throws ERR_TOO_MANY_FILES beyond a limit. */
  add(name: ByteText): void {
    if (this.#names.has(name)) return;
    if (this.#names.size === FILES_LIMIT) throw commandsErrors.tooManyFiles("file names", FILES_LIMIT);
    this.#sizeBytes += name.length;
    if (this.#sizeBytes > FILES_LIMIT_BYTES)
      throw commandsErrors.tooManyFiles("bytes of file names", FILES_LIMIT_BYTES);
    this.#names.add(name);
  }

  toTexts(): readonly string[] {
    return Array.from(this.#names, (name) => textOfBytes(name, this.#encoding));
  }
}
